// Package option belongs to the object storage that is left out.
package option

func WithTokenSource(interface{}) interface{} { return nil }
