// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"strings"
	"testing"
)

// Each term of federation.md 11 is in the document at /ns/v1.
func TestNamespaceDocument(t *testing.T) {
	d := mustParse(t, NamespaceDocument)
	ctx, err := d.Object("@context")
	if err != nil {
		t.Fatal(err)
	}
	for term := range strings.FieldsSeq(`kind level areaCode areaScheme tooi memberOf members consultation partOf state phase
		opensAt closesAt answerDueAt method charter definitionDigest officialLevels countedLevels results number stance
		proposedBy respondsTo decides outcome reason role body decidedAt caseUrl participants resultOf groupCount stable
		data tallies heads licence Roster Tally Round ConsensusShare RoundResult Checkpoint Cosignature Evidence`) {
		if !ctx.Has(term) {
			t.Errorf("term %s is missing", term)
		}
	}
}
