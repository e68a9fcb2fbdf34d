package kit

import "strings"

// reference draws what stands between angle brackets: a mention, a date or a link. What is none of them is drawn as it is
// written.
func (m mrkdwn) reference(inside string) {
	if spec, ok := strings.CutPrefix(inside, "!date^"); ok {
		m.d.dateReference(spec)
		return
	}
	target, label, _ := strings.Cut(inside, "|")
	label = unescape(label)
	for _, r := range []struct {
		prefix string
		draw   func(id, label string)
	}{
		{"@", m.d.person}, {"#", m.d.channel}, {"!subteam^", m.d.group}, {"!", m.d.broadcast},
	} {
		if id, ok := strings.CutPrefix(target, r.prefix); ok && id != "" {
			r.draw(id, label)
			return
		}
	}
	address := unescape(target)
	if _, ok := webAddress(address); !ok {
		if label == "" {
			label = "<" + unescape(inside) + ">"
		}
		m.d.text(label)
		return
	}
	m.d.link(address, func() {
		if label == "" {
			label = strings.TrimPrefix(address, "mailto:")
		}
		m.d.plain(label, true)
	})
}

// dateReference draws unix^format^link|fallback.
func (d *drawing) dateReference(spec string) {
	spec, fallback, _ := strings.Cut(spec, "|")
	unix, format, _ := strings.Cut(spec, "^")
	format, address, _ := strings.Cut(format, "^")
	d.date(unix, unescape(format), unescape(address), unescape(fallback))
}

// mention draws a name with its sign; id is written as data-ref for the page.
func (d *drawing) mention(kind, sign, id, name string) {
	d.el("span", attrs{{"class", "k-mention k-" + kind}, {"data-ref", id}}, func() {
		d.leaf("bdi", nil, sign+strings.TrimPrefix(name, sign))
	})
}

// called is the name somebody or something has now, else the label the text brings, else the id.
func called(look func(string) string, id, label string) string {
	if look != nil {
		if name := look(id); name != "" {
			return name
		}
	}
	if label != "" {
		return label
	}
	return id
}

func (d *drawing) person(id, label string) {
	d.mention("person", "@", id, called(d.c.Person, id, label))
}

func (d *drawing) channel(id, label string) {
	d.mention("channel", "#", id, called(d.c.Channel, id, label))
}

func (d *drawing) group(id, label string) {
	d.mention("group", "@", id, called(d.c.Group, id, label))
}

// broadcast draws @here and its kin; of other special references only the label can be shown.
func (d *drawing) broadcast(id, label string) {
	switch id {
	case "here", "channel", "everyone", "group":
		d.mention("broadcast", "@", id, id)
	default:
		if label == "" {
			label = "<!" + id + ">"
		}
		d.text(label)
	}
}
