package main

import (
	"fmt"

	"github.com/rs/zerolog"

	"sameday/bot"
	"sameday/bot/gateway"
	"sameday/bot/pulse"
	"sameday/cmd/sameday/internal/config"
)

// beside adds to the bot's options what reaches people and watchers without Slack.
func (a *app) beside(c *config.Config, o *bot.Options, log zerolog.Logger) error {
	o.DeadMan = c.DeadMan
	if c.Gateway.URL != "" {
		secret, err := c.Gateway.Secret(a.Getenv)
		if err != nil {
			return asUsage(err)
		}
		o.Gateway, err = gateway.Webhook(gateway.Options{URL: c.Gateway.URL, Secret: []byte(secret.Value()), Now: a.Now, From: "sameday"})
		if err != nil {
			return asUsage(fmt.Errorf("gateway: %w", err))
		}
	}
	if c.Heartbeat == "" {
		return nil
	}
	heart, err := pulse.NewHeart(pulse.HeartOptions{URL: c.Heartbeat, Now: a.Now, Log: log})
	if err != nil {
		return asUsage(err)
	}
	o.Heart = heart
	return nil
}
