// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var (
	commentPattern = regexp.MustCompile(`(?s)/\*.*?\*/`)
	classPattern   = regexp.MustCompile(`\.utrecht-([a-z0-9-]+?)(__|--|[^a-z0-9-]|$)`)
	varPattern     = regexp.MustCompile(`var\(\s*(--[A-Za-z0-9_-]+)`)
	tokenPattern   = regexp.MustCompile(`(?m)^\s*(--[A-Za-z0-9_-]+)\s*:\s*([^;]+);`)
	// variants of kept components that no template uses: states drawn as
	// classes, field sizes for special numbers, custom-drawn controls.
	variantPattern = regexp.MustCompile(`--(active|hover|focus|focus-visible|focus-within|visited|current|placeholder|placeholder-[a-z]+|box-content|forced-colors|telephone|custom|checked|indeterminate|house-[a-z-]+|iban[a-z-]*|postal-code[a-z-]*|tel-[a-z-]+|voorvoegsel-size|numeric|url|arrows|nested|center|column|row-hover|row-focus-within|fixed|surface|hidden|visible|link-button[a-z-]*|subtle|busy|icon-only|small|ready|not-ready|multiline|row-end|row-start|sticky-[a-z-]+|submit|valid|distanced|html-content|html-table|html-a|html-span|html-dd|html-dt|html-dl|sticky|selected|read-only|oneline|numeric-data|truncate|alternate-odd|alternate-even)([^a-z-]|$)|__(placeholder|separator|icon|footer|small|b|figcaption|header-cell-button|header-cell-icon)([^a-z-]|$)`)
	spacePattern   = regexp.MustCompile(`\s+`)
)

// rule is one top-level rule; the body of an at-rule holds its nested text.
type rule struct{ selector, body string }

// Reduce keeps the rules of library whose selectors name kept components only,
// and the --utrecht-* tokens that these rules and the own stylesheet use. It
// returns the stylesheet and the names of the tokens that a theme must set.
func Reduce(library, tokens, own string, keep []string) (css string, contract []string) {
	r := reducer{keep: map[string]bool{}, used: map[string]bool{}}
	for _, k := range keep {
		r.keep[k] = true
	}
	rules := r.emit(split(commentPattern.ReplaceAllString(library, "")))
	r.use(own)
	defined := map[string]string{}
	for _, m := range tokenPattern.FindAllStringSubmatch(commentPattern.ReplaceAllString(tokens, ""), -1) {
		defined[m[1]] = strings.TrimSpace(m[2])
	}
	r.close(defined)
	var b strings.Builder
	b.WriteString(":root{\n")
	for _, name := range slices.Sorted(maps.Keys(r.used)) {
		switch {
		case defined[name] == "": // optional: the rule has a fallback
		case strings.HasPrefix(name, "--utrecht"):
			fmt.Fprintf(&b, "%s:%s;\n", name, defined[name])
		default:
			contract = append(contract, name)
		}
	}
	return b.String() + "}\n" + rules, contract
}

type reducer struct {
	keep map[string]bool // components
	used map[string]bool // token names
}

// use notes every token that a piece of CSS reads.
func (r *reducer) use(css string) {
	for _, m := range varPattern.FindAllStringSubmatch(css, -1) {
		r.used[m[1]] = true
	}
}

// close follows tokens whose value reads other tokens.
func (r *reducer) close(defined map[string]string) {
	for before := -1; before != len(r.used); {
		before = len(r.used)
		for _, name := range slices.Collect(maps.Keys(r.used)) {
			r.use(defined[name])
		}
	}
}

func (r *reducer) emit(rules []rule) string {
	var b strings.Builder
	for _, rule := range rules {
		if strings.HasPrefix(rule.selector, "@") {
			b.WriteString(r.emitBlock(rule))
			continue
		}
		selectors := r.kept(rule.selector)
		if len(selectors) == 0 || rule.body == "" {
			continue
		}
		r.use(rule.body)
		body := spacePattern.ReplaceAllString(rule.body, " ")
		body = strings.NewReplacer("; ", ";", ": ", ":").Replace(body)
		fmt.Fprintf(&b, "%s{%s}\n", strings.Join(selectors, ","), strings.TrimSuffix(body, ";"))
	}
	return b.String()
}

// emitBlock keeps conditional blocks that still hold a rule.
func (r *reducer) emitBlock(block rule) string {
	kind, _, _ := strings.Cut(block.selector, " ")
	if kind != "@media" && kind != "@supports" && kind != "@container" {
		return ""
	}
	inner := r.emit(split(block.body))
	if inner == "" {
		return ""
	}
	return fmt.Sprintf("%s{%s}\n", block.selector, inner)
}

// kept gives the selectors that name at least one component and kept ones only.
func (r *reducer) kept(selector string) (out []string) {
	for _, s := range splitSelectors(selector) {
		s = strings.TrimSpace(s)
		names := classPattern.FindAllStringSubmatch(s, -1)
		unwanted := func(m []string) bool { return !r.keep[m[1]] }
		if len(names) > 0 && !variantPattern.MatchString(s) && !slices.ContainsFunc(names, unwanted) {
			out = append(out, s)
		}
	}
	return out
}

// split cuts CSS without comments into top-level rules.
func split(css string) (out []rule) {
	for {
		i := strings.IndexAny(css, "{;")
		if i < 0 {
			return out
		}
		if css[i] == ';' { // @charset and the like
			css = css[i+1:]
			continue
		}
		end := closing(css, i)
		out = append(out, rule{strings.TrimSpace(css[:i]), strings.TrimSpace(css[i+1 : end])})
		css = css[min(end+1, len(css)):]
	}
}

// closing finds the brace that closes the one at open, or the end of the text.
func closing(css string, open int) int {
	depth := 0
	for i := open; i < len(css); i++ {
		switch css[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(css)
}

// splitSelectors cuts at commas outside brackets.
func splitSelectors(selector string) (out []string) {
	depth, from := 0, 0
	for i, c := range selector {
		switch c {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, selector[from:i])
				from = i + 1
			}
		}
	}
	return append(out, selector[from:])
}
