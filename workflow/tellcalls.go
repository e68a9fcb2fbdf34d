package workflow

import "slices"

// answered tells those who were called that somebody has answered.
func answered(before, after Complaint, facts []Fact) []Notice {
	if before.Climbing() == nil || len(facts) == 0 {
		return nil
	}
	n := len(before.Climbs) - 1
	for n < len(after.Climbs)-1 && after.Climbs[n].Ending == EndReplaced {
		n++
	}
	if climb := after.Climbs[n]; climb.Ended.IsZero() || climb.Ending == EndReplaced {
		return nil
	}
	return toCalled(TellAnswered, after, n, facts[len(facts)-1].Version)
}

// linked tells those who are called that there is a thread now.
func linked(after Complaint, facts []Fact) []Notice {
	for _, f := range facts {
		if e, ok := f.Event.(Posted); ok && e.What == after.RootName() && after.Climbing() != nil {
			return toCalled(TellLinked, after, len(after.Climbs)-1, f.Version)
		}
	}
	return nil
}

// toCalled makes a notice to each of those whom a climb has called, and the climbs that it replaced.
func toCalled(kind NoticeKind, c Complaint, climb, version int) []Notice {
	var out []Notice
	for n := climb; n >= 0; n-- {
		for _, k := range c.Climbs[n].Calls {
			if !slices.ContainsFunc(out, func(have Notice) bool { return have.Person == k.Person }) {
				out = append(out, Notice{Kind: kind, Version: version, Person: k.Person})
			}
		}
		if n > 0 && c.Climbs[n-1].Ending != EndReplaced {
			break
		}
	}
	return out
}
