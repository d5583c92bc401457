// SPDX-License-Identifier: EUPL-1.2

package static_test

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"polder/static"
)

var (
	varUse  = regexp.MustCompile(`var\(\s*(--[A-Za-z0-9_-]+)\s*([,)])`)
	varDecl = regexp.MustCompile(`(--[A-Za-z0-9_-]+)\s*:`)
)

// Every var() of app.css and every --basis token of nlds.css resolves in every
// theme: a token nobody set once left a white panel.
func TestTokensResolve(t *testing.T) {
	nlds, app := readFile(t, "css/nlds.css"), readFile(t, "css/app.css")
	for _, theme := range []string{"neutral", "province", "nation"} {
		css := readFile(t, "themes/"+theme+".css")
		set := map[string]bool{}
		for _, m := range varDecl.FindAllStringSubmatch(nlds+app+css, -1) {
			set[m[1]] = true
		}
		for _, sheet := range []string{app, css} {
			for _, m := range varUse.FindAllStringSubmatch(sheet, -1) {
				if m[2] == ")" && !set[m[1]] {
					t.Errorf("theme %s: %s is not set", theme, m[1])
				}
			}
		}
		for _, m := range varUse.FindAllStringSubmatch(nlds, -1) {
			if strings.HasPrefix(m[1], "--basis-") && m[2] == ")" && !set[m[1]] {
				t.Errorf("theme %s: %s is not set", theme, m[1])
			}
		}
	}
}

// A theme that is unreadable, incomplete or faint is refused at start.
func TestThemeRefused(t *testing.T) {
	for _, name := range []string{"province", "nation"} {
		if _, err := static.New(static.Options{ThemeCSS: []byte(readFile(t, "themes/"+name+".css"))}); err != nil {
			t.Errorf("embedded theme %s: %v", name, err)
		}
	}
	good := readFile(t, "themes/neutral.css")
	if _, err := static.New(static.Options{ThemeCSS: []byte(good)}); err != nil {
		t.Errorf("own theme file refused: %v", err)
	}
	cases := map[string]string{
		"no rule":      "body{color:red}",
		"two rules":    good + "body{color:red}",
		"pale brand":   strings.Replace(good, "--tint-brand-500:#0a5a73", "--tint-brand-500:#8fd0e0", 1),
		"faint focus":  strings.Replace(good, "--basis-focus-color:#0b0c0c", "--basis-focus-color:#eeeeee", 1),
		"circle":       strings.Replace(good, "--tint-brand-500:#0a5a73", "--tint-brand-500:var(--tint-brand-500)", 1),
		"no colour":    strings.Replace(good, "--tint-brand-500:#0a5a73", "--tint-brand-500:teal", 1),
		"token absent": strings.Replace(good, "--basis-text-font-size-md:", "--basis-text-font-size-other:", 1),
	}
	for name, css := range cases {
		if css == good {
			t.Fatalf("%s: the theme was not changed", name)
		}
		if _, err := static.New(static.Options{ThemeCSS: []byte(css)}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := static.New(static.Options{Theme: "nothing"}); err == nil {
		t.Error("unknown theme accepted")
	}
}

// The fixed colours of app.css keep the contrasts of interface.md 4.
func TestPaletteContrast(t *testing.T) {
	colours := map[string]string{"white": "#ffffff", "figure": "#fbfcfd"}
	for _, m := range regexp.MustCompile(`(--app-[a-z0-9-]+):(#[0-9a-f]{3,6})`).FindAllStringSubmatch(readFile(t, "css/app.css"), -1) {
		colours[m[1]] = m[2]
	}
	cases := []struct {
		front, back string
		least       float64
	}{
		{"white", "--app-agree", 6.4}, {"white", "--app-disagree", 6.0}, {"--app-on-pass", "--app-pass", 10},
		{"--app-yes-ink", "--app-yes-bg", 4.5}, {"--app-part-ink", "--app-part-bg", 4.5}, {"--app-info-ink", "--app-info-bg", 4.5}, {"--app-no-ink", "--app-no-bg", 4.5},
		{"--app-yes-line", "--app-yes-bg", 3}, {"--app-part-line", "--app-part-bg", 3}, {"--app-info-line", "--app-info-bg", 3}, {"--app-no-line", "--app-no-bg", 3},
		{"--app-banner-ink", "--app-banner-bg", 4.5}, {"--app-no-ink", "white", 4.5}, {"--app-yes-ink", "white", 4.5},
		{"--app-map-ink", "--app-q1", 4.5}, {"--app-map-ink", "--app-q2", 4.5}, {"--app-map-ink", "--app-q3", 4.5}, {"white", "--app-q5", 4.5},
		{"--app-outline", "white", 3}, {"--app-ok", "white", 3}, {"--app-down", "white", 3}, {"--app-off", "white", 3}, {"--app-late-line", "white", 3},
	}
	for _, c := range cases {
		front, err := static.ParseColour(colours[c.front])
		if err != nil {
			t.Fatalf("%s: %v", c.front, err)
		}
		back, err := static.ParseColour(colours[c.back])
		if err != nil {
			t.Fatalf("%s: %v", c.back, err)
		}
		if got := static.Contrast(front, back); got < c.least {
			t.Errorf("%s on %s: %.2f, at least %.1f", c.front, c.back, got, c.least)
		}
	}
}

// Contrast is that of WCAG: 21 for black on white, symmetric, 1 for equals.
func TestContrast(t *testing.T) {
	black, white := [3]uint8{}, [3]uint8{255, 255, 255}
	if got := static.Contrast(black, white); math.Abs(got-21) > .001 || got != static.Contrast(white, black) {
		t.Errorf("black on white: %v", got)
	}
	if got := static.Contrast(white, white); got != 1 {
		t.Errorf("white on white: %v", got)
	}
	if c, err := static.ParseColour("#fa0"); err != nil || c != [3]uint8{255, 170, 0} {
		t.Errorf("#fa0: %v %v", c, err)
	}
}
