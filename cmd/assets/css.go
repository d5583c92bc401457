// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

// notice stands above the reduced stylesheet; its licence requires it.
const notice = `/* Rules from @utrecht/component-library-css 9.0.4 and token mapping from
   @nl-design-system-unstable/voorbeeld-design-tokens 7.4.1, reduced by cmd/assets. EUPL-1.2, see LICENSE-EUPL-1.2.md */
`

// components are the parts of the library that the templates use.
var components = []string{
	"alert", "breadcrumb-nav", "button", "button-group", "checkbox", "data-list", "document",
	"form-field", "form-field-description", "form-field-error-message", "form-fieldset", "form-label",
	"heading-1", "heading-2", "heading-3", "heading-4", "link", "page", "page-content", "paragraph",
	"radio-button", "root", "select", "skip-link", "table", "table-container", "textarea", "textbox",
	"unordered-list",
}

func runCSS(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("css", flag.ContinueOnError)
	library := flags.String("components", "", "dist/index.css of @utrecht/component-library-css")
	tokens := flags.String("tokens", "", "dist/theme.css of @nl-design-system-unstable/voorbeeld-design-tokens")
	own := flags.String("own", "", "own stylesheet, whose tokens are kept too")
	result := flags.String("out", "", "file to write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var text [3]string
	for i, path := range []string{*library, *tokens, *own} {
		raw, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read stylesheet: %w", err)
		}
		text[i] = string(raw)
	}
	css, contract := Reduce(text[0], text[1], text[2], components)
	if err := os.WriteFile(*result, []byte(notice+css), 0o644); err != nil {
		return fmt.Errorf("write stylesheet: %w", err)
	}
	fmt.Fprintf(out, "%s: %d bytes; a theme must set %d tokens\n", *result, len(notice)+len(css), len(contract))
	return nil
}
