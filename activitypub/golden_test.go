// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// The documents of federation.md 8, filled in: testdata/golden holds the bytes.
const (
	tS   = "https://stadskanaal.example"
	tC   = tS + "/consultations/fietspad-2026"
	tG   = "https://groningen.example"
	tA   = "https://mastodon.example/users/anna"
	tOrg = tS + "/organization"
)

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func golden(t testing.TB, name string) string {
	t.Helper()
	return strings.TrimSuffix(string(read(t, "golden/"+name+".json")), "\n")
}

func at(s string) Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return Time{t}
}

func nl(html string) (string, LangMap) { return html, LangMap{"nl": html} }

func mainKey(t testing.TB) string { return string(read(t, "main-key.pem")) }

func municipality(t testing.TB) Actor {
	a := Actor{
		Context: ActorContext, ID: tOrg, Type: TypeOrganization, PreferredUsername: "gemeente",
		Name: "Gemeente Stadskanaal", Summary: "<p>Raadplegingen van de gemeente.</p>", URL: tOrg,
		Published: at("2026-09-01T08:00:00Z"), Discoverable: new(true), Indexable: new(true),
		AttributionDomains: []string{"stadskanaal.example"}, HidesCCPublic: new(false),
		Icon:       &Attachment{Type: "Image", MediaType: "image/png", URL: tS + "/static/logo.png"},
		Attachment: []Attachment{{Type: "PropertyValue", Name: "TOOI", Value: "gm0037"}},
		Generator:  NewGenerator(tS + "/actor"),
		Kind:       "municipality", Level: "municipality", AreaCode: "GM0037", AreaScheme: "CBS-2023",
		TOOI: "https://identifier.overheid.nl/tooi/id/gemeente/gm0037",
	}
	a.Locate(tS)
	a.SetKey(mainKey(t))
	return a
}

func instanceActor(t testing.TB) Actor {
	id := tS + "/actor"
	a := Actor{
		Context: ActorContext, ID: id, Type: TypeApplication, PreferredUsername: "stadskanaal.example",
		Name: "Polder van Stadskanaal", URL: tS + "/about", ManuallyApprovesFollowers: true,
		AssertionMethod: []Multikey{{ID: id + "#tally-1", Type: "Multikey", Controller: id,
			PublicKeyMultibase: "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"}},
		Implements: InstanceSpecifications(), Kind: "instance",
		MemberOf: []string{tG + "/actor"}, Members: id + "/members", Heads: tS + "/participation/v1/heads",
	}
	a.Locate(tS)
	a.SetKey(mainKey(t))
	return a
}

func consultation(t testing.TB) Actor {
	a := Actor{
		Context: ActorContext, ID: tC, Type: TypeGroup, PreferredUsername: "fietspad_2026",
		Name: "Fietspad Oosterkade", Summary: "<p>Waar komt het fietspad?</p>", URL: tC,
		Published: at("2026-10-20T08:00:00Z"), AttributedTo: tC + "/moderators", Discoverable: new(true),
		Generator: NewGenerator(tS + "/actor"), Kind: "consultation", State: "open", Phase: "debate",
		OpensAt: at("2026-11-02T08:00:00Z"), ClosesAt: at("2026-11-23T20:00:00Z"),
		Method: []string{"statements", "poll"}, AreaCode: "GM0037", OfficialLevels: []string{"code", "paper"},
		Charter:          tS + "/participation/v1/consultations/fietspad-2026/charter",
		DefinitionDigest: "sha256:5f0c" + strings.Repeat("0", 60),
		PartOf:           tG + "/consultations/fietspad-2026", Tallies: tC + "/tallies",
	}
	a.Locate(tS)
	a.SetKey(mainKey(t))
	return a
}

func helpdesk(t testing.TB) Actor {
	a := Actor{
		Context: ActorContext, ID: tS + "/helpdesk", Type: TypeService, PreferredUsername: "helpdesk",
		Name: "Hulp", URL: tS + "/help", Discoverable: new(false), Webfinger: "helpdesk@stadskanaal.example",
		Generator: NewGenerator(tS + "/actor"), Kind: "helpdesk",
	}
	a.Locate(tS)
	a.SetKey(mainKey(t))
	return a
}

func resident(t testing.TB) Actor {
	a := Actor{
		Context: ActorContext, ID: tS + "/users/bea", Type: TypePerson, PreferredUsername: "bea",
		Name: "Bea", URL: tS + "/@bea", Indexable: new(false), AlsoKnownAs: []string{tA},
		Generator: NewGenerator(tS + "/actor"),
	}
	a.Locate(tS)
	a.SetKey(mainKey(t))
	return a
}

func lead() Object {
	id := tS + "/notes/019ab3f0"
	o := Object{
		Context: ObjectContext, ID: id, Type: TypeNote, AttributedTo: tC, Audience: tC,
		To: []string{Public}, CC: []string{tC + "/followers"}, Published: at("2026-11-02T08:00:00Z"),
		URL: id, Thread: id + "/context", Replies: NewReplies(id + "/replies"),
		InteractionPolicy: OpenPolicy(), Kind: "lead", Consultation: tC,
	}
	o.Content, o.ContentMap = nl(`<p><strong>Fietspad Oosterkade</strong></p><p>Waar komt het fietspad? Meedoen kan tot en met 23 november: <a href="` + tC + `">alle informatie</a></p>`)
	return o
}

func statement() Object {
	id := tS + "/questions/019ab3f7"
	o := Object{
		Context: ObjectContext, ID: id, Type: TypeQuestion, AttributedTo: tC, Audience: tC,
		InReplyTo: tS + "/notes/019ab3f0", Thread: tS + "/notes/019ab3f0/context",
		To: []string{tC + "/followers"}, CC: []string{Public},
		Published: at("2026-11-03T09:00:00Z"), EndTime: at("2026-11-23T20:00:00Z"), URL: id,
		OneOf: Options("Eens", "Oneens", "Weet ik niet"), InteractionPolicy: OpenPolicy(),
		Kind: "statement", Consultation: tC, Number: 7, Results: ResultsAfterClose, CountedLevels: []string{"fediverse"},
	}
	o.Content, o.ContentMap = nl(`<p>Het fietspad mag parkeerplaatsen kosten.</p><p><a href="` + tC + `?s=7">Stemmen als inwoner</a></p>`)
	return o
}

func statementClosed(t testing.TB) Object {
	o, err := statement().WithCounts([]int{24, 12, 4}, 40)
	if err != nil {
		t.Fatal(err)
	}
	o.Closed = o.EndTime
	return o
}

func updateQuestion(t testing.TB) Activity {
	o := statementClosed(t)
	return NewUpdate(o.ID+"#updates/1795464030000", o)
}

func officialAnswer() Object {
	id := tS + "/notes/019acd10"
	o := Object{
		Context: ObjectContext, ID: id, Type: TypeNote, AttributedTo: tOrg, InReplyTo: tS + "/notes/019ab501",
		To: []string{Public}, CC: []string{tOrg + "/followers", tA}, Published: at("2026-12-15T10:00:00Z"), URL: id,
		Tag:               []Tag{{Type: "Mention", Href: tA, Name: "@anna@mastodon.example"}},
		InteractionPolicy: OpenPolicy(), Kind: "answer", Consultation: tC,
		RespondsTo: []string{tS + "/notes/019ab501"}, Outcome: "partly", Role: "wethouder mobiliteit",
	}
	o.Content, o.ContentMap = nl("<p>@anna@mastodon.example Wij nemen dit deels over: er komen 12 van de 20 fietsbeugels.</p>")
	return o
}

func decision() Object {
	id := tS + "/notes/019ae002"
	o := Object{
		Context: ObjectContext, ID: id, Type: TypeNote, AttributedTo: tOrg, InReplyTo: tS + "/notes/019ab3f0",
		To: []string{Public}, CC: []string{tOrg + "/followers", tC + "/followers"},
		Published: at("2027-01-20T19:30:00Z"), URL: id, InteractionPolicy: OpenPolicy(),
		Kind: "decision", Consultation: tC, Decides: []string{tS + "/notes/019ab501"}, Outcome: "adopted",
		Body: "raad", DecidedAt: at("2027-01-20T19:00:00Z"), Reason: "Meeste steun en laagste kosten.",
		CaseURL: tS + "/decisions/2027-014",
	}
	o.Content, o.ContentMap = nl(`<p><strong>Besluit</strong></p><p>De raad kiest de oostkant. <a href="` + tS + `/decisions/2027-014">Raadsbesluit</a></p>`)
	return o
}

func consensusReport() Object {
	id := tS + "/articles/019ad3aa"
	o := Object{
		Context: ObjectContext, ID: id, Type: TypeArticle, AttributedTo: tC, Audience: tC,
		To: []string{Public}, CC: []string{tC + "/followers"}, Published: at("2026-11-30T09:00:00Z"), URL: id,
		Name:    "Waar inwoners het over eens zijn: fietspad Oosterkade",
		Summary: "412 mensen stemden op 38 stellingen; drie groepen zijn het over vijf daarvan eens.",
		Kind:    "consensusReport", Consultation: tC, ResultOf: tG + "/consultations/fietspad-2026/results/3-41-1795990000777",
		Participants: LevelCounts{{"fediverse", 40}, {"code", 351}, {"paper", 21}}, GroupCount: 3, Stable: new(true),
		Data: tS + "/participation/v1/consultations/fietspad-2026/results",
	}
	o.Content, o.ContentMap = nl("<p>Alle groepen willen een vrijliggend fietspad.</p>")
	return o
}

func meeting() Object {
	id := tS + "/events/019ab777"
	return Object{
		Context: ObjectContext, ID: id, Type: TypeEvent, AttributedTo: tC, To: []string{Public},
		CC: []string{tC + "/followers"}, Published: at("2026-11-01T09:00:00Z"), URL: id,
		Name: "Wandeling langs de Oosterkade", Summary: "Samen de twee routes bekijken. Inloop vanaf 18.45 uur.",
		Content: "<p>Samen de twee routes bekijken.</p>", StartTime: at("2026-11-10T19:00:00+01:00"),
		EndTime: at("2026-11-10T21:00:00+01:00"), Timezone: "Europe/Amsterdam", JoinMode: "free",
		EventStatus: "EventScheduled", MaximumAttendeeCapacity: 60,
		Organizers: &Collection{Type: TypeCollection, TotalItems: new(1), Items: []IRIOrObject{Link(tOrg)}},
		Attendees:  id + "/attendees",
		Location: &Place{Type: "Place", Name: "Wijkcentrum Oost", Address: "Kade 1, Stadskanaal",
			Latitude: new(52.99), Longitude: new(6.95)},
		Kind: "meeting", Consultation: tC,
	}
}

func pollMultiple(t testing.TB) Object {
	id := tS + "/questions/019ab3ff"
	o := Object{
		Context: ObjectContext, ID: id, Type: TypeQuestion, AttributedTo: tOrg, To: []string{Public},
		CC: []string{tOrg + "/followers"}, Published: at("2026-11-03T09:00:00Z"), EndTime: at("2026-11-23T20:00:00Z"),
		URL: id, AnyOf: Options("Noord", "Zuid"), InteractionPolicy: OpenPolicy(), Kind: "poll", Results: ResultsLive,
		Attachment: []Attachment{{Type: "Document", MediaType: "image/jpeg", URL: tS + "/media/1.jpg", Name: "Park",
			Width: 640, Height: 480, Blurhash: "L6Pj0^"}},
		Tag: []Tag{{Type: "Hashtag", Href: tS + "/tags/park", Name: "#park"}},
	}
	o.Content, o.ContentMap = nl("<p>Welke parken?</p>")
	o, err := o.WithCounts([]int{0, 0}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func argument() Object {
	id := tS + "/notes/019ab502"
	return Object{
		Context: ObjectContext, ID: id, Type: TypeNote, AttributedTo: tC, InReplyTo: tS + "/notes/019ab501",
		To: []string{Public}, Published: at("2026-11-05T09:00:00Z"), Updated: at("2026-11-05T10:00:00Z"), URL: id,
		Content: "<p>Te duur</p>", Kind: "argument", Consultation: tC, Stance: new(-1), ProposedBy: tA,
		Licence: "https://creativecommons.org/licenses/by/4.0/",
	}
}

// activity is one of ours with the usual head.
func activity(uuid, kind, actor string, to ...string) Activity {
	return Activity{Context: ObjectContext, ID: tS + "/a/" + uuid, Type: kind, Actor: actor, To: to}
}

func announce() Activity {
	a := activity("019ab3f2", TypeAnnounce, tOrg, Public)
	a.CC, a.Published, a.Object = []string{tOrg + "/followers"}, at("2026-11-02T08:00:01Z"), Link(tS+"/notes/019ab3f0")
	return a
}

func announceWrapped() Activity {
	a := activity("019ab3f3", TypeAnnounce, tC, Public)
	a.CC, a.Audience, a.Published = []string{tC + "/followers"}, tC, at("2026-11-02T09:00:00Z")
	a.Object = Raw([]byte(`{"@context":"https://www.w3.org/ns/activitystreams","id":"` + tA + `/statuses/1/activity","type":"Create","actor":"` + tA +
		`","object":{"id":"` + tA + `/statuses/1","type":"Note","content":"<p>\u003cb\u003e & é</p>"}}`))
	return a
}

func follow() Activity {
	a := activity("019ab3f4", TypeFollow, tOrg, tG+"/organization")
	a.Object = Link(tG + "/organization")
	return a
}

func undoFollow() Activity {
	undone := follow()
	undone.Context, undone.To = "", nil
	a := activity("019ab3f7", TypeUndo, tOrg, tG+"/organization")
	a.Object = Embed(undone)
	return a
}

func acceptFollow() Activity {
	received := `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://mastodon.example/4a1c","type":"Follow","actor":"` + tA + `","object":"` + tC + `"}`
	return NewAccept(tS+"/a/019ab3f5", tC, tA, []byte(received))
}

func rejectTally() Activity {
	a := activity("", TypeReject, tG+"/actor", tS+"/actor")
	a.ID = tG + "/a/019ab3f6"
	a.Object = Link(tS + "/a/019ab3e0")
	a.Result = Embed(struct {
		Code   string `json:"code"`
		Path   string `json:"path"`
		Detail string `json:"detail"`
	}{"F105", "/revision", "known revision, other content"})
	return a
}

func membership(uuid, kind, from, to, object, target string) Activity {
	return Activity{Context: ObjectContext, ID: from + "/a/" + uuid, Type: kind, Actor: from + "/actor",
		To: []string{to + "/actor"}, Object: Link(object), Target: target}
}

func addFeatured() Activity {
	a := activity("019ab3fc", TypeAdd, tOrg, Public)
	a.CC, a.Object, a.Target = []string{tOrg + "/followers"}, Link(tS+"/notes/019ae002"), tOrg+"/featured"
	return a
}

func deleteNote() Activity {
	gone := Tombstone(tS+"/notes/019ab501", TypeNote, at("2026-12-01T10:00:00Z"))
	return NewDelete(tS+"/a/019ab3fd", tC, []string{Public}, []string{tC + "/followers"}, gone)
}

func flag() Activity {
	a := activity("019ab3fe", TypeFlag, tS+"/actor", tA)
	a.Object, a.Content = Links(tA, tA+"/statuses/1"), "Reclame"
	return a
}

func offerCheckpoint() Activity {
	signed := `{"@context":` + string(SignedContext) + `,"attributedTo":"` + tS + `/actor","content":"stadskanaal.example/log/water\n2203\nYQ==\n\n— stadskanaal.example/log/water Yg==\n","id":"` +
		tS + `/log/water/checkpoints/2203","mediaType":"text/plain","origin":"stadskanaal.example/log/water","size":2203,"type":"Checkpoint"}`
	return Activity{Context: SignedContext, ID: tS + "/a/0193-7c", Type: TypeOffer, Actor: tS + "/actor", To: []string{tG + "/actor"},
		Consistency: json.RawMessage(`{"old":2100,"proof":["YQ==","Yg=="]}`), Object: Raw([]byte(signed))}
}

func outboxPage() CollectionPage {
	inner := follow()
	inner.Context, inner.To = "", nil
	return NewOrderedPage(tOrg+"/outbox", 2, 43, []IRIOrObject{Link(tS + "/a/019ab3f2"), Embed(inner)})
}

// ours is every golden document by name, as our own structs.
func ours(t testing.TB) map[string]any {
	return map[string]any{
		"municipality": municipality(t), "instance": instanceActor(t), "consultation": consultation(t),
		"helpdesk": helpdesk(t), "resident": resident(t),
		"lead": lead(), "statement": statement(), "statement_closed": statementClosed(t), "answer": officialAnswer(),
		"decision": decision(), "consensus_report": consensusReport(), "meeting": meeting(), "argument": argument(),
		"poll_multiple": pollMultiple(t),
		"create_note":   NewCreate(tS+"/a/019ab3f1", lead()), "update_question": updateQuestion(t),
		"announce": announce(), "announce_wrapped": announceWrapped(), "follow": follow(), "undo_follow": undoFollow(),
		"accept_follow": acceptFollow(), "reject_tally": rejectTally(),
		"invite":        membership("019ab3f8", TypeInvite, tG, tS, tG+"/consultations/fietspad-2026", ""),
		"join":          membership("019ab3f9", TypeJoin, tS, tG, tG+"/actor", ""),
		"leave":         membership("019ab3fa", TypeLeave, tS, tG, tG+"/actor", ""),
		"remove_member": membership("019ab3fb", TypeRemove, tG, tS, tS+"/actor", tG+"/actor/members"),
		"add_featured":  addFeatured(), "delete": deleteNote(), "flag": flag(), "offer_checkpoint": offerCheckpoint(),
		"outbox": NewOrderedCollection(tOrg+"/outbox", 43), "outbox_page": outboxPage(),
		"inbox":         NewCountedCollection(tOrg+"/inbox", 0),
		"actor_context": ActorContext, "object_context": ObjectContext, "signed_context": SignedContext,
	}
}

func TestGoldenOutput(t *testing.T) {
	for name, doc := range ours(t) {
		t.Run(name, func(t *testing.T) {
			got, err := Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			if want := golden(t, name); string(got) != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// What we write we can read back into the same struct (stored objects).
func TestGoldenReadsBack(t *testing.T) {
	for name, doc := range ours(t) {
		if strings.HasSuffix(name, "_context") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			back := reflect.New(reflect.TypeOf(doc))
			if err := json.Unmarshal([]byte(golden(t, name)), back.Interface()); err != nil {
				t.Fatal(err)
			}
			got, err := Marshal(back.Interface())
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != golden(t, name) {
				t.Errorf("read back as\n%s", got)
			}
		})
	}
}

// The hand-written encoder of Object knows every member the struct declares.
func TestObjectWritesEveryMember(t *testing.T) {
	var o Object
	v := reflect.ValueOf(&o).Elem()
	want := map[string]bool{}
	for i := range v.NumField() {
		tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		want[tag] = true
		fill(t, v.Field(i))
	}
	raw, err := Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	d := mustParse(t, string(raw)) // refuses a member written twice
	for tag := range want {
		if !d.Has(tag) {
			t.Errorf("member %q is not written", tag)
		}
	}
	if len(d.Fields) != len(want) {
		t.Errorf("%d members written, %d declared", len(d.Fields), len(want))
	}
}

// fill gives a field a value that is not its zero value.
func fill(t *testing.T, f reflect.Value) {
	switch v := f.Addr().Interface().(type) {
	case *Context:
		*v = ObjectContext
	case *string:
		*v = "x"
	case *int:
		*v = 1
	case *Time:
		*v = at("2026-01-01T00:00:00Z")
	case *[]string:
		*v = []string{"x"}
	case *LangMap:
		*v = LangMap{"nl": "x"}
	case *LevelCounts:
		*v = LevelCounts{{"code", 1}}
	default:
		switch f.Kind() {
		case reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		default:
			t.Fatalf("no value for %s", f.Type())
		}
	}
}
