// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"strings"

	"github.com/labstack/echo/v4"
)

const (
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
		"connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-src 'none'; frame-ancestors 'none'"
	dataPolicy = "default-src 'none'; frame-ancestors 'none'"
	hsts       = "max-age=31536000"
)

// headers sets the security headers of security.md 4.1 on every response,
// redirects and errors included.
func (o *Options) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Strict-Transport-Security", hsts)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		path := c.Request().URL.Path
		if isData(path, c.Request().Header.Get("Accept")) {
			h.Set("Content-Security-Policy", dataPolicy)
			h.Set("Referrer-Policy", "no-referrer")
		} else {
			h.Set("Content-Security-Policy", pagePolicy)
			h.Set("Referrer-Policy", "same-origin")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		}
		if strings.HasPrefix(path, "/participation/") {
			h.Set("Cache-Control", "no-store")
			h.Set("API-Version", apiVersion)
			h.Set("Access-Control-Allow-Origin", "*")
		}
		return next(c)
	}
}

// apiVersion is the version of /participation/v1.
const apiVersion = "1.0.0"

func isData(path, accept string) bool {
	return strings.HasPrefix(path, "/participation/") || strings.HasPrefix(path, "/.well-known/") ||
		strings.HasPrefix(path, "/nodeinfo/") || strings.HasSuffix(path, "/inbox") || WantsActivity(accept)
}
