// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"slices"
	"testing"
)

// The reducer keeps wanted components without their state classes, their tokens to any depth, and tokens
// that only the own stylesheet reads.
func TestReduce(t *testing.T) {
	library := `@charset "UTF-8"; /* .utrecht-link{} */
.utrecht-link { color: var(--utrecht-link-color, red); }
.utrecht-link--danger, .utrecht-badge, .utrecht-link--hover { color: blue }
.utrecht-badge .utrecht-link { color: green }
@media print { .utrecht-link { color: black } .utrecht-badge { color: white } }
@media screen { .utrecht-badge { color: pink } }
@keyframes spin { from { top: 0 } }`
	tokens := `.theme {
  --utrecht-link-color: var(--basis-a);
  --utrecht-unused: 1px;
  --basis-a: var(--basis-b);
  --basis-b: #123456;
  --basis-own: 2px;
}`
	css, contract := Reduce(library, tokens, `.app{margin:var(--basis-own)}`, []string{"link"})
	want := ":root{\n--utrecht-link-color:var(--basis-a);\n}\n" +
		".utrecht-link{color:var(--utrecht-link-color, red)}\n" +
		".utrecht-link--danger{color:blue}\n" +
		"@media print{.utrecht-link{color:black}\n}\n"
	if css != want {
		t.Errorf("css:\n%s\nwant:\n%s", css, want)
	}
	if want := []string{"--basis-a", "--basis-b", "--basis-own"}; !slices.Equal(contract, want) {
		t.Errorf("contract %v, want %v", contract, want)
	}
}

// Broken input ends; it does not hang or panic.
func TestReduceSurvivesBrokenCSS(t *testing.T) {
	for _, css := range []string{"", "{", "}", ".utrecht-link{", ";;;", ".utrecht-link{a{b", "@media{"} {
		Reduce(css, css, css, []string{"link"})
	}
}

func TestRunNeedsACommand(t *testing.T) {
	for _, args := range [][]string{nil, {"nothing"}, {"css", "-out", t.TempDir() + "/x"}} {
		if err := run(args, t.Output()); err == nil {
			t.Errorf("run(%v) gave no error", args)
		}
	}
}
