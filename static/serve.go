// SPDX-License-Identifier: EUPL-1.2

package static

import (
	"net/http"
	"strconv"
	"strings"
)

// ServeHTTP answers GET and HEAD of /static/...: the hash in the address makes
// every answer immutable, so it may be kept for a year.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, err := a.Open(strings.TrimPrefix(r.URL.Path, Prefix))
	if err != nil || r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.NotFound(w, r)
		return
	}
	body := f.Body
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if packed := f.Gzip(); packed != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			body = packed
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		w.Write(body) // a client that went away is no fault of ours
	}
}

// acceptsGzip reads Accept-Encoding as far as gzip goes (RFC 9110, 12.5.3).
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name != "gzip" && name != "*" {
			continue
		}
		q := strings.TrimPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		return q == "" || err == nil && weight > 0
	}
	return false
}
