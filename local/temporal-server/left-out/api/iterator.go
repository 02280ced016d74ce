// Package iterator belongs to the object storage that is left out.
package iterator

import "errors"

var Done = errors.New("no more items in iterator")
