// SPDX-License-Identifier: EUPL-1.2

package demodata

import (
	"compress/gzip"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"polder/consensus/polis"
)

// Name of the data set where it is published.
const Name = "vtaiwan.uberx"

// SourceURL is where the publisher describes the data; Licence is theirs.
const (
	SourceURL = "https://compdemocracy.org/case-studies/2015-vtaiwan-uberx"
	Licence   = "CC BY 4.0"
)

// Attribution is the text the publisher asks for wherever the data are used.
const Attribution = "Data was gathered using the Polis software (compdemocracy.org/polis) and is sub-licensed under CC BY 4.0 " +
	"with Attribution to The Computational Democracy Project. The data and more information about how the data was collected " +
	"can be found at the following link: https://compdemocracy.org/case-studies/2015-vtaiwan-uberx"

//go:embed votes.csv.gz
var votesGzip string

//go:embed comments.csv
var commentsCSV string

//go:embed statements_nl.csv
var statementsCSV string

// Notice tells residents in their language (nl, en or fy; else nl) where the
// votes come from.
func Notice(language string) string {
	switch language {
	case "en":
		return "These are real votes of another conversation, used here as an example: 1,921 people in Taiwan voted between 2015 and 2019 on rides in private cars. The statements are our own short wording."
	case "fy":
		return "Dit binne echte stimmen út in oar petear, hjir brûkt as foarbyld: 1.921 minsken yn Taiwan stimden tusken 2015 en 2019 oer ritten mei partikuliere auto's. De stellingen steane hjir yn ús eigen wurden."
	default:
		return "Dit zijn echte stemmen uit een ander gesprek, hier gebruikt als voorbeeld: 1.921 mensen in Taiwan stemden tussen 2015 en 2019 over ritten met particuliere auto's. De stellingen staan hier in onze eigen woorden."
	}
}

// Export reads the embedded data set; it takes about 50 ms. Every statement
// has a Dutch text.
func Export() (*polis.Export, error) {
	votes, err := gzip.NewReader(strings.NewReader(votesGzip))
	if err != nil {
		return nil, fmt.Errorf("unpack the demo votes: %w", err)
	}
	e, err := polis.Parse(polis.Files{
		Votes:    polis.Source{Name: "demodata/votes.csv", Reader: votes},
		Comments: polis.Source{Name: "demodata/comments.csv", Reader: strings.NewReader(commentsCSV)},
	})
	if err != nil {
		return nil, fmt.Errorf("read the demo votes: %w", err)
	}
	if err := addTexts(e.Statements); err != nil {
		return nil, fmt.Errorf("read the demo statements: %w", err)
	}
	return e, nil
}

func addTexts(statements []polis.Statement) error {
	rows, err := csv.NewReader(strings.NewReader(statementsCSV)).ReadAll()
	if err != nil {
		return err
	}
	texts := make(map[string]string, len(rows))
	for _, row := range rows {
		texts[row[0]] = row[1]
	}
	for i, s := range statements {
		text, ok := texts[strconv.FormatInt(s.ID, 10)]
		if !ok {
			return fmt.Errorf("statement %d has no text", s.ID)
		}
		statements[i].Text = text
	}
	return nil
}
