package main

import (
	"github.com/spf13/cobra"

	"sameday/bot"
	"sameday/cmd/sameday/internal/checkup"
	"sameday/store"
)

func (a *app) keyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "key",
		Short: "print a new master key for SAMEDAY_KEY",
		Long: "key prints a new master key. It seals customers' data: keep it for ever, apart from the backups.\n" +
			"Whoever loses it loses that data; the rest of the ledger stays readable.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, text := store.NewKey()
			a.printf("%s\n", text)
			return nil
		},
	}
}

func (a *app) manifestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "manifest",
		Short: "print the Slack app's manifest, to be pasted at api.slack.com/apps",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			a.printf("%s\n", bot.Manifest())
			return nil
		},
	}
}

func (a *app) checkCommand() *cobra.Command {
	var p place
	c := &cobra.Command{
		Use:   "check --config FILE",
		Short: "say what is wrong with the configuration, Slack or the database, and how to mend it",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := p.load(); err != nil {
				return err
			}
			wrong := checkup.Run(c.Context(), a.Out, checkup.Options{
				Config: p.config, Getenv: a.Getenv, Scopes: bot.Scopes(), Now: a.Now,
			})
			if wrong > 0 {
				a.printf("%d wrong\n", wrong)
				return errSaid
			}
			a.printf("all is well\n")
			return nil
		},
	}
	p.flags(c, false)
	return c
}
