package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sameday/cmd/sameday/internal/config"
	"sameday/cmd/sameday/internal/control"
	"sameday/cmd/sameday/internal/ledger"
	"sameday/store"
	"sameday/workflow"
)

// place is where a command finds the database: by configuration, or by folder alone.
type place struct {
	configPath string
	data       string
	config     *config.Config // nil when only the folder is given
}

func (p *place) flags(c *cobra.Command, folder bool) {
	c.Flags().StringVar(&p.configPath, "config", "", "configuration file")
	if folder {
		c.Flags().StringVar(&p.data, "data", "", "data folder, instead of a configuration")
	}
}

// load reads the configuration and finds the folder.
func (p *place) load() error {
	switch {
	case p.configPath != "" && p.data != "":
		return usage("--config and --data are both given: keep one")
	case p.configPath == "" && p.data == "":
		return usage("--config FILE is needed: config.example.yaml is one to begin with")
	case p.data != "":
		return nil
	}
	var err error
	if p.config, err = config.Load(p.configPath); err != nil {
		return asUsage(err)
	}
	p.data = p.config.Data
	return nil
}

// locked explains what to do about a database that another process holds and does not share.
func locked(err error) error {
	var l *store.LockedError
	if !errors.As(err, &l) {
		return err
	}
	return fmt.Errorf("another Sameday is at work: %w", err)
}

// holder finds the process that holds the database; it returns cause when none answers.
func (p *place) holder(ctx context.Context, cause error) (*control.Client, error) {
	client, err := control.Dial(ctx, ledger.Socket(p.data))
	if err != nil {
		return nil, fmt.Errorf("%w (and it does not answer: %w)", locked(cause), err)
	}
	return client, nil
}

// source calls use with whoever can copy the database: the file's engine opened here, or the process that holds it.
func (p *place) source(ctx context.Context, use func(from ledger.Source, own store.Store) error) error {
	s, err := ledger.OpenExisting(ctx, p.data)
	var l *store.LockedError
	if errors.As(err, &l) {
		client, err := p.holder(ctx, err)
		if err != nil {
			return err
		}
		return use(client, nil)
	}
	if err != nil {
		return err
	}
	return errors.Join(use(s, s), s.Close())
}

// look calls use with the database, or with a copy of it when a process holds it: either way nothing changes meanwhile.
func (p *place) look(ctx context.Context, use func(store.Store) error) error {
	return p.source(ctx, func(from ledger.Source, own store.Store) error {
		if own != nil {
			return use(own)
		}
		return ledger.Snapshot(ctx, from, p.data, use)
	})
}

// offlineRules are the rules without people and channels looked up: enough for what tells nobody by name.
func offlineRules(c *config.Config) (func() *workflow.Rules, error) {
	tree, err := c.OfflineTree()
	if err != nil {
		return nil, err
	}
	rules := &workflow.Rules{Tree: tree, Policy: c.Policy, Codes: c.Codes}
	return func() *workflow.Rules { return rules }, nil
}
