package page

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// policy lets a browser load nothing from elsewhere and run nothing that is not a file of ours.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard refuses whoever is not a browser on this computer showing this page.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h := rw.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		safe := r.Method == http.MethodGet || r.Method == http.MethodHead
		switch {
		case !s.near(r):
			s.refuse(rw, r, "not a loopback address or name")
		case (!safe || r.URL.Path == "/ui/events") && !sameOrigin(r):
			s.refuse(rw, r, "not sent by the page")
		default:
			next.ServeHTTP(rw, r)
		}
	})
}

func (s *server) refuse(rw http.ResponseWriter, r *http.Request, why string) {
	s.o.Log("refused " + r.Method + " " + r.URL.Path + ": " + why)
	http.Error(rw, "refused: "+why, http.StatusForbidden)
}

// near tells whether the request comes from this computer under one of its own names; the name is checked because a page
// elsewhere can make its own name lead here.
func (s *server) near(r *http.Request) bool {
	if slices.Contains(s.o.Hosts, r.Host) {
		return true
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !from.Addr().Unmap().IsLoopback() {
		return false
	}
	return loopbackName(r.Host)
}

func loopbackName(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	ip, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && ip.IsLoopback()
}

// sameOrigin tells whether the page itself sent the request. Browsers leave Origin out where a GET goes to the same
// origin; then Sec-Fetch-Site or the Referer must say so. A request that says nothing is refused.
func sameOrigin(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	if site != "" && site != "same-origin" {
		return false
	}
	for _, name := range []string{"Origin", "Referer"} {
		if from := r.Header.Get(name); from != "" {
			u, err := url.Parse(from)
			return err == nil && u.Host == r.Host && (u.Scheme == "http" || u.Scheme == "https")
		}
	}
	return site == "same-origin" && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}
