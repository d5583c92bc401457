// SPDX-License-Identifier: EUPL-1.2

// Package web is the HTTP face of an instance: the echo server, its middleware
// in a fixed order, content negotiation, security headers, rate limits and the
// one place that turns an error into an answer. The pages, the ActivityPub
// routes and the open-data routes are packages of their own below it.
//
// It must not know how things are counted or stored; it calls instance.Service.
// Nothing in it trusts the Host header or X-Forwarded-For of a request.
//
// Read server.go first.
package web
