package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"sameday/cmd/sameday/internal/stage"
)

func (a *app) tryCommand() *cobra.Command {
	var language string
	var verbose bool
	c := &cobra.Command{
		Use:   "try",
		Short: "try it all with no Slack account: a local workspace, a sample bank, and a prompt to act as anybody",
		Long: `try starts a local Slack on loopback, a sample bank (head office, 2 branches, 6 sub-branches, 34 people) with rosters,
complaints from yesterday and today, and the bot. One complaint was left overnight: the catch-up at the start flags it and
rings. Type at the prompt as anybody; help lists how. Everything is thrown away at the end.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if language != "zh-CN" && language != "en" {
				return usage("--language is %q: use zh-CN or en", language)
			}
			dir, err := os.MkdirTemp("", "sameday-try-")
			if err != nil {
				return fmt.Errorf("make a folder for the try-out: %w", err)
			}
			defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
			log := zerolog.Nop()
			if verbose {
				log = zerolog.New(a.Err).With().Timestamp().Logger()
			}
			s, err := stage.Open(c.Context(), stage.Options{Language: language, Dir: dir, Now: a.Now, Log: log, Samples: true, UsualPort: true})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			return s.Interactive(c.Context(), a.In, a.Out)
		},
	}
	c.Flags().StringVar(&language, "language", "zh-CN", "zh-CN or en")
	c.Flags().BoolVar(&verbose, "verbose", false, "print the bot's log on standard error")
	return c
}
