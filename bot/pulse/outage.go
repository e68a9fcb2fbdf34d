package pulse

import "github.com/rs/zerolog"

// outage tells a trouble once when it begins and once when it is over, however often it is met.
type outage struct {
	failures int
}

// met is told how an attempt went; trouble is a word or a sentence without secrets, empty when all went well.
func (o *outage) met(log zerolog.Logger, what, trouble string) {
	switch {
	case trouble == "" && o.failures > 0:
		log.Info().Int("failures", o.failures).Msg(what + " works again")
		o.failures = 0
	case trouble != "":
		if o.failures++; o.failures == 1 {
			log.Warn().Str("reason", trouble).Msg(what + " does not work; this is told once until it works again")
		}
	}
}
