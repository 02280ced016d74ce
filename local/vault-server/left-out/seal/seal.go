// Package seal stands where Vault is unsealed by the key service of a cloud: it is unsealed by hand here.
package seal

import (
	"context"
	"errors"

	wrapping "github.com/hashicorp/go-kms-wrapping/v2"
)

const (
	KmsConfigKeyId              = ""
	KmsConfigCryptoEndpoint     = ""
	KmsConfigManagementEndpoint = ""
)

type Wrapper struct{ wrapping.Wrapper }

func NewWrapper() *Wrapper { return &Wrapper{} }

func (*Wrapper) SetConfig(context.Context, ...wrapping.Option) (*wrapping.WrapperConfig, error) {
	return nil, errors.New("the key services of clouds are left out of this build")
}

// WithLogger is all that the seal by hand takes from here.
func WithLogger(interface{}) wrapping.Option { return nil }
