// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"polder/instance"
)

const requestIDKey = "request_id"

// RequestID is the id of this request, shown on error pages and in the log.
func RequestID(c echo.Context) string {
	id, _ := c.Get(requestIDKey).(string)
	return id
}

func requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := uuid.NewString()[:13]
		c.Set(requestIDKey, id)
		c.Response().Header().Set("X-Request-Id", id)
		return next(c)
	}
}

// recovered turns a panic into an internal error.
func (o *Options) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				c.Error(&instance.Error{Code: instance.CodeInternal, Public: "error.internal", Err: fmt.Errorf("panic: %v", p)})
			}
		}()
		return next(c)
	}
}

// accessLog writes one line per request, with the address cut to its network
// and without query, cookies or signatures (spec: security.md 7).
func (o *Options) accessLog(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		if err := next(c); err != nil {
			c.Error(err)
		}
		o.Log.Debug("request", "request_id", RequestID(c), "method", c.Request().Method, "route", c.Path(),
			"status", c.Response().Status, "dur_ms", time.Since(start).Milliseconds(),
			"bytes", c.Response().Size, "peer", Network(c.RealIP()))
		return nil
	}
}

// Network cuts an address to /24 or /48, which names no household.
func Network(ip string) string { return cut(ip, 24, 48) }

// LimitKey is the address that rate limits count by: /32 or IPv6 /64.
func LimitKey(ip string) string { return cut(ip, 32, 64) }

func cut(ip string, v4, v6 int) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return "unknown"
	}
	addr = addr.Unmap()
	bits := v4
	if addr.Is6() {
		bits = v6
	}
	p, err := addr.WithZone("").Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return p.String()
}

// limit is the general limit per address; narrower ones stand at their routes.
// With -dev nothing is limited for loopback.
func (o *Options) limit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ip := c.RealIP()
		if o.Dev && isLoopback(ip) {
			return next(c)
		}
		bucket := "pages"
		if strings.HasSuffix(c.Request().URL.Path, "/inbox") {
			bucket = "inbox"
		}
		if wait, ok := o.Limiter.Allow(bucket, LimitKey(ip)); !ok {
			return Limited(wait)
		}
		return next(c)
	}
}

// Limited is the refusal of a request that came too soon.
func Limited(wait time.Duration) error {
	return &LimitError{Retry: wait}
}

// LimitError carries how long to wait.
type LimitError struct{ Retry time.Duration }

func (e *LimitError) Error() string { return "rate limit" }

func isLoopback(ip string) bool {
	parsed := net.ParseIP(ip)
	return parsed != nil && parsed.IsLoopback()
}
