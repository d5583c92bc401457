// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Media types of host-meta (RFC 6415).
const (
	XRDContentType          = "application/xrd+xml; charset=utf-8"
	HostMetaJSONContentType = "application/json; charset=utf-8"
)

const relLRDD = "lrdd"

// maxHostMeta is the largest host-meta document that is read, in bytes.
const maxHostMeta = 64 << 10

// ErrHostMeta says that a host-meta document gives no WebFinger address.
var ErrHostMeta = errors.New("no usable host-meta")

func webFingerTemplate(base string) string {
	return base + "/.well-known/webfinger?resource={uri}"
}

// HostMetaXRD is the document at /.well-known/host-meta; base is the public URL
// of the instance, without a slash at the end.
func HostMetaXRD(base string) ([]byte, error) {
	var template bytes.Buffer
	if err := xml.EscapeText(&template, []byte(webFingerTemplate(base))); err != nil {
		return nil, fmt.Errorf("writing host-meta: %w", err)
	}
	return []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">` + "\n" +
		`  <Link rel="lrdd" type="application/jrd+json" template="` + template.String() + `"/>` + "\n" +
		"</XRD>\n"), nil
}

// HostMetaJSON is the document at /.well-known/host-meta.json.
func HostMetaJSON(base string) ([]byte, error) {
	return marshalLinks(JRDLink{Rel: relLRDD, Type: JRDContentType, Template: webFingerTemplate(base)})
}

// marshalLinks writes a document that is nothing but links.
func marshalLinks(links ...JRDLink) ([]byte, error) {
	return Marshal(struct {
		Links []JRDLink `json:"links"`
	}{links})
}

// ParseHostMeta reads an XRD and returns its WebFinger template, an address with
// {uri} in it. A document with a DTD is refused before anything in it can be
// expanded (security.md, row 48).
func ParseHostMeta(raw []byte) (string, error) {
	if len(raw) > maxHostMeta {
		return "", fmt.Errorf("%w: larger than %d bytes", ErrHostMeta, maxHostMeta)
	}
	dec := xml.NewDecoder(bytes.NewReader(raw))
	for depth := 0; ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return "", fmt.Errorf("%w: no lrdd link", ErrHostMeta)
		}
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrHostMeta, err)
		}
		switch t := token.(type) {
		case xml.Directive:
			return "", fmt.Errorf("%w: document type definition", ErrHostMeta)
		case xml.EndElement:
			depth--
		case xml.StartElement:
			if depth++; depth > MaxDepth {
				return "", fmt.Errorf("%w: nested deeper than %d", ErrHostMeta, MaxDepth)
			}
			if template := lrddTemplate(t); template != "" {
				return template, nil
			}
		}
	}
}

// lrddTemplate is the template of an lrdd link, "" for any other element.
func lrddTemplate(e xml.StartElement) string {
	if e.Name.Local != "Link" {
		return ""
	}
	var rel, template string
	for _, a := range e.Attr {
		switch a.Name.Local {
		case "rel":
			rel = a.Value
		case "template":
			template = a.Value
		}
	}
	if rel != relLRDD || strings.Count(template, "{uri}") != 1 || hasControl(template) {
		return ""
	}
	before, _, _ := strings.Cut(template, "{uri}")
	host, err := HostOf(strings.Replace(template, "{uri}", "x", 1))
	if fixed, errFixed := HostOf(before); err != nil || errFixed != nil || fixed != host {
		return "" // the host must not depend on what is asked
	}
	return template
}
