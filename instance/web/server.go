// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"polder/instance"
)

// Routes is a group of routes that a package below registers.
type Routes interface {
	Register(*echo.Echo)
}

// Limiter counts requests: is there room in the bucket for this key, and if
// not, how long to wait.
type Limiter interface {
	Allow(bucket, key string) (wait time.Duration, ok bool)
}

// Options are what a Server needs.
type Options struct {
	Service        *instance.Service
	Limiter        Limiter
	Log            *slog.Logger
	TrustedProxies []*net.IPNet
	Dev            bool // the public URL may be http
	ErrorPage      func(c echo.Context, e *instance.Error) error
	Static         http.Handler // files below /static/
	Routes         []Routes
}

// New builds the handler of an instance. The order of the middleware is that of
// architecture.md 5.5; the signature check of an inbox sees the raw target,
// because nothing before it rewrites a path.
func New(opt Options) http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = extractor(opt.TrustedProxies)
	e.HTTPErrorHandler = opt.writeError
	e.Use(opt.recovered, requestID, opt.accessLog, opt.headers)
	if opt.Static != nil {
		e.GET("/static/*", echo.WrapHandler(http.StripPrefix("/static/", opt.Static)))
	}
	e.Use(opt.limit, crossOrigin())
	e.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	e.GET("/readyz", opt.ready)
	for _, r := range opt.Routes {
		r.Register(e)
	}
	return e
}

// extractor says which address a request comes from. echo's default trusts any
// X-Forwarded-For (GHSA-246p-cpwv-v3jq); here only configured proxies are heard.
func extractor(proxies []*net.IPNet) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		trust = append(trust, echo.TrustIPRange(p))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}

// crossOrigin refuses posts that another site makes a browser send. Inboxes and
// token routes read no cookie, so they need none of it.
func crossOrigin() echo.MiddlewareFunc {
	protect := http.NewCrossOriginProtection()
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if cookieless(c.Request().URL.Path) {
				return next(c)
			}
			if err := protect.Check(c.Request()); err != nil {
				return &instance.Error{Code: instance.CodeForbidden, Public: "error.cross-origin", Err: err}
			}
			return next(c)
		}
	}
}

func cookieless(path string) bool {
	return path == "/inbox" || strings.HasSuffix(path, "/inbox") || strings.HasPrefix(path, "/api/") ||
		path == "/oauth/token" || path == "/oauth/revoke"
}

func (o *Options) ready(c echo.Context) error {
	if !o.Service.Ready() {
		c.Response().Header().Set("Retry-After", "60")
		return c.String(http.StatusServiceUnavailable, "waiting for the start-up guard\n")
	}
	return c.String(http.StatusOK, "ready\n")
}

// Serve runs the handler on a listener until ctx ends, then drains for at most
// ten seconds. With TLS files it speaks https.
func Serve(ctx context.Context, l net.Listener, h http.Handler, certFile, keyFile string) error {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 60 * time.Second, MaxHeaderBytes: 16 << 10,
		// What net/http logs by itself, such as failed handshakes, holds whole
		// addresses of visitors.
		ErrorLog: log.New(io.Discard, "", 0)}
	failed := make(chan error, 1)
	go func() {
		if certFile != "" {
			failed <- srv.ServeTLS(l, certFile, keyFile)
			return
		}
		failed <- srv.Serve(l)
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := srv.Shutdown(drain)
	if errors.Is(err, context.DeadlineExceeded) {
		return srv.Close()
	}
	return err
}
