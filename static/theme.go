// SPDX-License-Identifier: EUPL-1.2

package static

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Theme is a stylesheet of --basis tokens below one class.
type Theme struct {
	Class  string // "neutral-theme"
	tokens map[string]string
}

var (
	cssComment   = regexp.MustCompile(`(?s)/\*.*?\*/`)
	themeRule    = regexp.MustCompile(`(?s)^\s*\.([a-z0-9-]+-theme)\s*\{([^{}]*)\}\s*$`)
	tokenDecl    = regexp.MustCompile(`(--[A-Za-z0-9_-]+)\s*:\s*([^;]+);`)
	tokenUse     = regexp.MustCompile(`var\(\s*(--[A-Za-z0-9_-]+)\s*(,?)`)
	wholeVar     = regexp.MustCompile(`^var\(\s*(--[A-Za-z0-9_-]+)\s*\)$`)
	hexPattern   = regexp.MustCompile(`^#([0-9a-fA-F]{6})$`)
	shortPattern = regexp.MustCompile(`^#([0-9a-fA-F])([0-9a-fA-F])([0-9a-fA-F])$`)
)

// ParseTheme reads a theme: one rule `.NAME-theme{--basis-...}`.
func ParseTheme(css []byte) (*Theme, error) {
	m := themeRule.FindSubmatch(cssComment.ReplaceAll(css, nil))
	if m == nil {
		return nil, errors.New("read theme: it has to be one rule `.NAME-theme { --basis-...: ...; }`")
	}
	t := &Theme{Class: string(m[1]), tokens: map[string]string{}}
	for _, d := range tokenDecl.FindAllSubmatch(m[2], -1) {
		t.tokens[string(d[1])] = strings.TrimSpace(string(d[2]))
	}
	return t, nil
}

// pair is a foreground on a background with the contrast it needs (WCAG 2.2,
// 1.4.3 and 1.4.11).
type pair struct {
	front, back string
	least       float64
}

var themePairs = []pair{
	{"--basis-color-action-1-inverse-color-default", "--basis-color-action-1-inverse-bg-default", 4.5},
	{"--basis-color-action-1-inverse-color-hover", "--basis-color-action-1-inverse-bg-hover", 4.5},
	{"--basis-color-action-1-inverse-bg-default", "--basis-color-default-bg-document", 4.5},
	{"--basis-color-action-1-inverse-bg-hover", "--basis-color-accent-1-bg-default", 4.5},
	{"--basis-color-default-color-document", "--basis-color-default-bg-document", 4.5},
	{"--basis-color-default-color-document", "--basis-color-accent-1-bg-default", 4.5},
	{"--basis-color-default-color-default", "--basis-color-accent-1-bg-default", 4.5},
	{"--basis-color-action-2-color-default", "--basis-color-default-bg-document", 4.5},
	{"--basis-color-action-2-color-default", "--basis-color-accent-1-bg-default", 4.5},
	{"--basis-color-negative-color-default", "--basis-color-default-bg-document", 4.5},
	{"--basis-form-control-border-color", "--basis-color-default-bg-document", 3},
	{"--basis-focus-color", "--basis-focus-background-color", 4.5},
	{"--basis-focus-color", "--basis-color-default-bg-document", 3},
}

// Check refuses a theme that leaves a --basis token unset which the given
// stylesheets read without a fallback, or whose text or focus ring is too faint.
func (t *Theme) Check(stylesheets string) error {
	var errs []error
	own := map[string]bool{}
	for _, d := range tokenDecl.FindAllStringSubmatch(strings.ReplaceAll(stylesheets, "}", ";}"), -1) {
		own[d[1]] = true
	}
	missing := map[string]bool{}
	for _, use := range tokenUse.FindAllStringSubmatch(stylesheets, -1) {
		name := use[1]
		if !strings.HasPrefix(name, "--basis-") || use[2] != "" || own[name] || t.tokens[name] != "" || missing[name] {
			continue
		}
		missing[name] = true
		errs = append(errs, fmt.Errorf("check theme %s: token %s is not set", t.Class, name))
	}
	for _, p := range themePairs {
		if err := t.checkPair(p); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (t *Theme) checkPair(p pair) error {
	front, err := t.Colour(p.front)
	if err != nil {
		return err
	}
	back, err := t.Colour(p.back)
	if err != nil {
		return err
	}
	if c := Contrast(front, back); c < p.least {
		return fmt.Errorf("check theme %s: contrast of %s on %s is %.2f, at least %.1f is needed", t.Class, p.front, p.back, c, p.least)
	}
	return nil
}

// Colour follows a token to its colour.
func (t *Theme) Colour(name string) ([3]uint8, error) {
	value := t.tokens[name]
	for range 20 {
		if m := wholeVar.FindStringSubmatch(value); m != nil {
			value = t.tokens[m[1]]
			continue
		}
		return ParseColour(value)
	}
	return [3]uint8{}, fmt.Errorf("read token %s: it refers to itself", name)
}

// ParseColour reads #rrggbb or #rgb.
func ParseColour(s string) (c [3]uint8, err error) {
	if m := shortPattern.FindStringSubmatch(s); m != nil {
		s = "#" + m[1] + m[1] + m[2] + m[2] + m[3] + m[3]
	}
	m := hexPattern.FindStringSubmatch(s)
	if m == nil {
		return c, fmt.Errorf("read colour %q: want #rrggbb", s)
	}
	for i := range c {
		n, err := strconv.ParseUint(m[1][2*i:2*i+2], 16, 8)
		if err != nil {
			return c, fmt.Errorf("read colour %q: %w", s, err)
		}
		c[i] = uint8(n)
	}
	return c, nil
}

// Contrast is the contrast ratio of two colours, 1 to 21 (WCAG 2.2, 1.4.3).
func Contrast(a, b [3]uint8) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + .05) / (min(la, lb) + .05)
}

func luminance(c [3]uint8) float64 {
	var l [3]float64
	for i, v := range c {
		s := float64(v) / 255
		if s <= .04045 {
			l[i] = s / 12.92
		} else {
			l[i] = math.Pow((s+.055)/1.055, 2.4)
		}
	}
	return .2126*l[0] + .7152*l[1] + .0722*l[2]
}
