package config

import (
	"strings"

	"sameday/cmd/sameday/internal/yamlfile"
	"sameday/workflow"
)

// maxDays bounds every number of days before the policy's own rules look at it.
const maxDays = 3650

// readPolicy changes the default policy as the file says, and lets the policy judge itself.
func readPolicy(n yamlfile.Node, p *workflow.Policy) {
	r := &policyReader{at: map[string]yamlfile.Node{}}
	n.Mapping(r.fields(p)...)
	if r.bad {
		return
	}
	if err := p.Validate(); err != nil {
		// The sentence begins with the key it is about.
		key, _, _ := strings.Cut(strings.ReplaceAll(err.Error(), ",", " "), " ")
		if where, ok := r.at[key]; ok {
			n = where
		}
		n.Wrong("%v", err)
	}
}

// policyReader remembers where each key is, and whether a value could not be read.
type policyReader struct {
	at  map[string]yamlfile.Node
	bad bool
}

func (r *policyReader) row(key string, read func(yamlfile.Node)) yamlfile.Field {
	return yamlfile.Field{Key: key, Read: func(n yamlfile.Node) { r.at[key] = n; read(n) }}
}

func (r *policyReader) span(to *workflow.Span) func(yamlfile.Node) {
	return func(n yamlfile.Node) {
		d, ok := n.Duration()
		r.bad = r.bad || !ok
		*to = workflow.Span(d)
	}
}

func (r *policyReader) number(to *int) func(yamlfile.Node) {
	return func(n yamlfile.Node) {
		i, ok := n.Int(0, maxDays)
		r.bad = r.bad || !ok
		*to = i
	}
}

// fields is the table of the policy's keys.
func (r *policyReader) fields(p *workflow.Policy) []yamlfile.Field {
	return []yamlfile.Field{
		r.row("accept", r.span(&p.Accept)),
		r.row("assign", r.span(&p.Assign)),
		r.row("contact", r.span(&p.Contact)),
		r.row("late_intake", func(n yamlfile.Node) { p.LateIntake = word(n, workflow.LateIntakes(), &r.bad) }),
		r.row("window", r.span(&p.Window)),
		r.row("statutory_days", r.number(&p.StatutoryDays)),
		r.row("extend_days", func(n yamlfile.Node) {
			p.ExtendDays = nil
			n.List(func(_ int, n yamlfile.Node) {
				d := 0
				r.number(&d)(n)
				p.ExtendDays = append(p.ExtendDays, d)
			})
		}),
		r.row("forwarded_days", func(n yamlfile.Node) {
			p.ForwardedDays = map[workflow.Source]int{}
			n.Mapping(forwarded(func(s workflow.Source) func(yamlfile.Node) {
				return func(n yamlfile.Node) {
					d := 0
					r.number(&d)(n)
					p.ForwardedDays[s] = d
				}
			})...)
		}),
		r.row("min_solution", r.number(&p.MinSolution)),
		r.row("reopen_days", r.number(&p.ReopenDays)),
		r.row("reveal", func(n yamlfile.Node) {
			p.Reveal = word(n, []workflow.Reveal{workflow.RevealEphemeral, workflow.RevealNever}, &r.bad)
		}),
		r.row("reveal_where", yamlfile.Into(&p.RevealWhere)),
	}
}

func word[T ~string](n yamlfile.Node, allowed []T, bad *bool) T {
	w, ok := yamlfile.OneOf(n, allowed)
	*bad = *bad || !ok
	return w
}

// forwarded is the table of sources that forward complaints.
func forwarded(read func(workflow.Source) func(yamlfile.Node)) []yamlfile.Field {
	var out []yamlfile.Field
	for _, s := range workflow.Sources() {
		out = append(out, yamlfile.Field{Key: string(s), Read: read(s)})
	}
	return out
}
