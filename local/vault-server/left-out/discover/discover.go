// Package discover stands where Vault finds the other members of a cluster by way of clouds: there is one server here.
package discover

import (
	"errors"
	"log"
)

type Provider interface{}
type Discover struct{}
type Option func(*Discover) error

var Providers = map[string]Provider{}

func WithProviders(map[string]Provider) Option { return nil }

func New(...Option) (*Discover, error) { return &Discover{}, nil }

func (*Discover) Addrs(string, *log.Logger) ([]string, error) {
	return nil, errors.New("discovery is left out of this build")
}
