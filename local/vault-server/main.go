// HashiCorp Vault's own core, HTTP API and transit engine with its storage in memory, and nothing else of Vault:
// `vault-transit ADDRESS`. It starts sealed and without keys; who tests with it initializes and unseals it by the API.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/builtin/logical/transit"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
	"github.com/hashicorp/vault/version"
)

// What Vault asks about the plugins that its command has built in: there is the transit engine alone.
type onlyTransit struct{}

func (onlyTransit) Contains(name string, kind consts.PluginType) bool {
	return name == "transit" && kind == consts.PluginTypeSecrets
}
func (onlyTransit) Get(string, consts.PluginType) (func() (interface{}, error), bool) {
	return nil, false
}
func (onlyTransit) Keys(consts.PluginType) []string { return nil }
func (onlyTransit) DeprecationStatus(string, consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Unknown, false
}

func main() {
	if len(os.Args) != 2 {
		end(fmt.Errorf("usage: vault-transit ADDRESS, or --version"))
	}
	if os.Args[1] == "--version" {
		fmt.Println(version.GetVersion().FullVersionNumber(false))
		return
	}
	end(serve(os.Args[1]))
}

func serve(address string) error {
	logger := hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: os.Stderr})
	storage, err := inmem.NewInmem(nil, logger)
	if err != nil {
		return err
	}
	core, err := vault.NewCore(&vault.CoreConfig{
		Physical:        storage,
		DisableMlock:    true,
		LogicalBackends: map[string]logical.Factory{"transit": transit.Factory},
		BuiltinRegistry: onlyTransit{},
		Logger:          logger,
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	ready, err := json.Marshal(map[string]string{"url": "http://" + listener.Addr().String()})
	if err != nil {
		return err
	}
	fmt.Printf("READY %s\n", ready)
	handler := vaulthttp.Handler.Handler(&vault.HandlerProperties{Core: core})
	return (&http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}).Serve(listener)
}

func end(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
