// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"strings"

	"github.com/labstack/echo/v4"
)

// WantsActivity tells whether an Accept header asks for ActivityPub rather than
// a page. Browsers name text/html; servers name one of the two media types.
func WantsActivity(accept string) bool {
	html, activity := -1, -1
	for i, part := range strings.Split(strings.ToLower(accept), ",") {
		kind, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if zeroQuality(params) {
			continue
		}
		switch strings.TrimSpace(kind) {
		case "text/html", "application/xhtml+xml":
			if html < 0 {
				html = i
			}
		case "application/activity+json", "application/ld+json":
			if activity < 0 {
				activity = i
			}
		}
	}
	return activity >= 0 && (html < 0 || activity < html)
}

func zeroQuality(params string) bool {
	for p := range strings.SplitSeq(params, ";") {
		if name, value, _ := strings.Cut(strings.TrimSpace(p), "="); name == "q" {
			return strings.Trim(value, "0.") == ""
		}
	}
	return false
}

// Negotiated serves one URL as a page or as an ActivityPub document.
func Negotiated(activity, page echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Add("Vary", "Accept")
		if WantsActivity(c.Request().Header.Get("Accept")) {
			return activity(c)
		}
		return page(c)
	}
}
