package config

import (
	"fmt"
	"strconv"
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
		r.find(err.Error(), n).Wrong("%v", err)
	}
}

// policyReader remembers where each value is, and whether one could not be read.
type policyReader struct {
	at  map[string]yamlfile.Node // by how a sentence of the policy about it begins
	bad bool
}

// find is the place that a sentence of the policy is about: each begins with the name of what is wrong.
func (r *policyReader) find(sentence string, otherwise yamlfile.Node) yamlfile.Node {
	longest := ""
	for begins, n := range r.at {
		if strings.HasPrefix(sentence, begins) && len(begins) > len(longest) {
			longest, otherwise = begins, n
		}
	}
	return otherwise
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

// numbers reads a list in the place of the one there is.
func (r *policyReader) numbers(to *[]int) func(yamlfile.Node) {
	return func(n yamlfile.Node) {
		*to = nil
		r.bad = r.bad || !n.IsList()
		n.List(func(_ int, n yamlfile.Node) {
			d := 0
			r.number(&d)(n)
			*to = append(*to, d)
		})
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
		r.row("extend_days", r.numbers(&p.ExtendDays)),
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
		r.row("nudges", r.numbers(&p.Nudges)),
		r.row("ladder", func(n yamlfile.Node) { r.ladder(n, p) }),
		r.row("night_rungs", r.numbers(&p.NightRungs)),
		r.row("lead", r.span(&p.Lead)),
		r.row("silence", r.span(&p.Silence)),
		r.row("answer", r.span(&p.Answer)),
		r.row("min_solution", r.number(&p.MinSolution)),
		r.row("reopen_days", r.number(&p.ReopenDays)),
		r.row("reveal", func(n yamlfile.Node) {
			p.Reveal = word(n, []workflow.Reveal{workflow.RevealEphemeral, workflow.RevealNever}, &r.bad)
		}),
		r.row("reveal_where", yamlfile.Into(&p.RevealWhere)),
	}
}

// ladder reads the rungs in the place of those there are.
func (r *policyReader) ladder(n yamlfile.Node, p *workflow.Policy) {
	p.Ladder = nil
	r.bad = r.bad || !n.IsList()
	n.List(func(i int, n yamlfile.Node) {
		var rung workflow.Rung
		name := fmt.Sprintf("rung %d of the ladder", i+1)
		r.at[name] = n
		n.Mapping(
			yamlfile.Field{Key: "after", Read: func(n yamlfile.Node) {
				if i == 0 {
					n.Wrong("the first rung is called at the breach itself: leave after out")
					r.bad = true
					return
				}
				r.at[name+" comes after"] = n
				r.span(&rung.After)(n)
			}},
			yamlfile.Field{Key: "call", Required: true, Read: func(n yamlfile.Node) { rung.Call = r.callees(n, name) }},
		)
		r.bad = r.bad || len(rung.Call) == 0 // said already
		p.Ladder = append(p.Ladder, rung)
	})
}

// callees reads whom a rung calls: a list, or one.
func (r *policyReader) callees(n yamlfile.Node, rung string) (out []workflow.Callee) {
	read := func(_ int, n yamlfile.Node) {
		s, ok := n.Text()
		r.bad = r.bad || !ok
		for one := range strings.SplitSeq(s, "|") {
			r.at[rung+": "+strconv.Quote(one)] = n
		}
		out = append(out, workflow.Callee(s))
	}
	if !n.IsList() {
		read(0, n)
		return out
	}
	n.List(read)
	if len(out) == 0 {
		n.Wrong("%s calls nobody", rung)
	}
	return out
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
