package kit

import (
	"net/url"
	"strings"
)

// webAddress gives back an address a link may lead to: http, https with a host, or mailto. Everything else ("javascript:",
// "data:", relative paths, addresses with control characters) is refused.
func webAddress(address string) (href string, ok bool) {
	scheme, _, _ := strings.Cut(address, ":")
	u, err := url.Parse(address)
	if err != nil {
		return "", false
	}
	switch strings.ToLower(scheme) {
	case "http", "https":
		return address, u.Host != ""
	case "mailto":
		return address, u.Opaque != ""
	default:
		return "", false
	}
}

// ownAddress is an address the page gave: one of the web, or one inside the page.
func ownAddress(address string) (string, bool) {
	if href, ok := webAddress(address); ok {
		return href, true
	}
	u, err := url.Parse(address)
	return address, err == nil && address != "" && u.Scheme == "" && u.Host == "" && !strings.HasPrefix(address, `\`) &&
		!strings.HasPrefix(address, `/\`)
}

// anchor gives the attributes of a link; nil when the address may not be linked to.
func (d *drawing) anchor(address string) attrs {
	if d.c.Permalink != nil {
		if in, ok := d.c.Permalink(address); ok {
			if href, ok := ownAddress(in); ok {
				return attrs{{"href", href}}
			}
		}
	}
	href, ok := webAddress(address)
	switch {
	case !ok:
		return nil
	case strings.HasPrefix(strings.ToLower(href), "mailto:"):
		return attrs{{"href", href}}
	default:
		return attrs{{"href", href}, {"target", "_blank"}, {"rel", "noopener noreferrer"}}
	}
}

// link draws inside as a link, or as it is where the address may not be linked to.
func (d *drawing) link(address string, inside func()) {
	a := d.anchor(address)
	if a == nil {
		inside()
		return
	}
	d.el("a", append(class("k-link"), a...), inside)
}

// image draws a picture, or what it shows in words where the page does not load it.
func (d *drawing) image(name, address, alt string) {
	src, ok := "", false
	if d.c.Image != nil {
		src, ok = ownAddress(d.c.Image(address))
	}
	if ok && !strings.HasPrefix(strings.ToLower(src), "mailto:") {
		d.void("img", attrs{{"class", name}, {"src", src}, {"alt", alt}, {"loading", "lazy"}})
		return
	}
	d.link(address, func() {
		d.el("span", class("k-noimage"), func() { d.leaf("bdi", nil, alt) })
	})
}

// imageOf is image for a block or element, which name the picture by address or as a file of the workspace.
func (d *drawing) imageOf(name string, o object) {
	address := o.str("image_url")
	for _, key := range []string{"url", "id"} {
		if address == "" {
			address = o.obj("slack_file").str(key)
		}
	}
	d.image(name, address, o.str("alt_text"))
}
