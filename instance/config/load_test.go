// SPDX-License-Identifier: EUPL-1.2

package config_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"polder/instance/config"
)

// minimal is the least an instance has to say.
const minimal = `
instance = { level = "municipality", area = "GM0059", name = "Gemeente Voorbeeld" }
server   = { public_url = "https://denkmee.example.nl" }
`

// folder holds a polder.toml.
func folder(t *testing.T, content string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func load(t *testing.T, content string, change func(*config.Sources)) (*config.Config, error) {
	t.Helper()
	s := config.Sources{Dir: folder(t, content)}
	if change != nil {
		change(&s)
	}
	return config.Load(s)
}

func mustLoad(t *testing.T, content string, change func(*config.Sources)) *config.Config {
	t.Helper()
	c, err := load(t, content, change)
	if err != nil {
		t.Fatalf("loading: %v", err)
	}
	return c
}

// specification is the example of architecture.md 7, with an address where it
// has dots.
const specification = `
instance   = { host = "denkmee.example.nl", level = "municipality", area = "GM0059", name = "Gemeente Voorbeeld", languages = ["nl", "en", "fy"] }
server     = { listen = "127.0.0.1:8080", public_url = "https://denkmee.example.nl", trusted_proxies = [] }
tls        = { acme = false, acme_mail = "" }
store      = { engine = "bolt", path = "polder.db", dsn = "" }
federation = { enabled = true, parent = "", allow_private = false }
log        = { batch = 100, interval = "5m", last_hour = "1m", merge_delay = "600s", grace = "600s" }
count      = { tick = "60s", tally_by = "7d", objection = "14d", debounce = "30s", poll_open = "15m", poll_counting = "2m", question_update = "3m" }
opinion    = { in_conv_min = 7, pair_min = 3, min_share = 10, min_people = 30, stats_deadline = "6h", step_deadline = "60s", share_gap = "24h" }
privacy    = { k = 10, ip_ttl = "24h", inactive_days = [770, 860] }
clocks     = { moderate = "1wd", answer = "42d", extension = "28d", decision = "14d", update = "90d", evaluate = "60d" }
mail       = { host = "", from = "", tls = "mandatory" }
oidc       = { issuer = "", client_id = "", client_secret_file = "", area_claim = "", age_claim = "" }
ui         = { theme = "neutral", theme_file = "", logo_file = "", embed_origins = [] }
clients    = { resident_polls = false }
limits     = { inbox_per_host = "20/s", api = "300/5m", code_tries = "5/15m" }
security   = { contact = "mailto:veiligheid@example.nl", staff_totp = true }
metrics    = { listen = "" }
`

func TestDefaultsAreThoseOfTheSpecification(t *testing.T) {
	written := mustLoad(t, specification, nil)
	bare := mustLoad(t, minimal, nil)
	bare.Dir = written.Dir
	bare.Security.Contact = written.Security.Contact
	for _, pair := range [][2]any{
		{bare.Instance, written.Instance}, {bare.Server, written.Server}, {bare.TLS, written.TLS},
		{bare.Store, written.Store}, {bare.Federation, written.Federation}, {bare.Log, written.Log},
		{bare.Count, written.Count}, {bare.Opinion, written.Opinion}, {bare.Privacy, written.Privacy},
		{bare.Clocks, written.Clocks}, {bare.Mail, written.Mail}, {bare.OIDC, written.OIDC}, {bare.UI, written.UI},
		{bare.Clients, written.Clients}, {bare.Limits, written.Limits}, {bare.Security, written.Security},
		{bare.Metrics, written.Metrics},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("default %+v, specification %+v", pair[0], pair[1])
		}
	}
	if got := written.Count.TallyBy.Std(); got != 7*24*time.Hour {
		t.Errorf("tally_by is %v", got)
	}
}

func TestHeavierSourcesWin(t *testing.T) {
	file := minimal + `store = { path = "from-file.db" }
log = { batch = 200 }
`
	c := mustLoad(t, file, func(s *config.Sources) {
		s.Environ = []string{
			"HOME=/", "POLDER_LOG_BATCH=300", "POLDER_SERVER_LISTEN=127.0.0.1:1", "POLDER_UI_THEME=env",
			"POLDER_SERVER_TRUSTED_PROXIES=10.0.0.0/8, ::1", "POLDER_PRIVACY_INACTIVE_DAYS=700,800",
			"POLDER_CLIENTS_RESIDENT_POLLS=true",
			"POLDER_PORT=tcp://10.0.0.1:80", "POLDER_PORT_80_TCP=x", "POLDER_SERVICE_HOST=10.0.0.1",
		}
		s.Set = []string{"ui.theme=set", "ui.theme=set-twice", "server.listen=127.0.0.1:2", "limits.api=7/s"}
		s.Flags = map[string]string{"--listen": "127.0.0.1:3", "--log-level": "debug"}
	})
	for key, want := range map[string][2]string{
		"store.path":             {c.Store.Path, "from-file.db polder.toml"},
		"ui.theme":               {c.UI.Theme, "set-twice --set"},
		"server.listen":          {c.Server.Listen, "127.0.0.1:3 --listen"},
		"limits.api":             {c.Limits.API.String(), "7/s --set"},
		"mail.tls":               {c.Mail.TLS, "mandatory default"},
		"server.trusted_proxies": {strings.Join(c.Server.TrustedProxies, "+"), "10.0.0.0/8+::1 POLDER_SERVER_TRUSTED_PROXIES"},
	} {
		if got := want[0] + " " + c.Origin(key); got != want[1] {
			t.Errorf("%s is %q, want %q", key, got, want[1])
		}
	}
	if c.Log.Batch != 300 || !slices.Equal(c.Privacy.InactiveDays, []int{700, 800}) || !c.Clients.ResidentPolls || c.LogLevel != slog.LevelDebug {
		t.Errorf("got %+v, %+v, %+v, %v", c.Log, c.Privacy, c.Clients, c.LogLevel)
	}
	if c.Instance.Host != "denkmee.example.nl" {
		t.Errorf("host is %q, want that of the public URL", c.Instance.Host)
	}
	if got := c.Path(c.Store.Path); got != filepath.Join(c.Dir, "from-file.db") {
		t.Errorf("path is %q", got)
	}
}

func TestAllProblemsAreToldAtOnce(t *testing.T) {
	_, err := load(t, `
colour = "red"
[instance]
level = "village"
area = 59
nmae = "typo"
[weather]
rain = true
[log]
interval = "soon"
`, func(s *config.Sources) {
		s.Environ = []string{"POLDER_SERVER_LISTN=x", "POLDER_LOG_BATCH=many"}
		s.Set = []string{"no-equals", "store.pth=x"}
		s.Flags = map[string]string{"--log-level": "loud", "--tls-cert": "c.pem"}
	})
	var problems config.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v, want Problems", err)
	}
	for _, want := range []string{
		"polder.toml: colour: unknown key",
		"polder.toml: instance.area: 59 is not a text",
		"polder.toml: instance.nmae: unknown key",
		"polder.toml: weather: unknown section",
		`polder.toml: log.interval: "soon" is no duration`,
		"POLDER_SERVER_LISTN: environment: unknown variable",
		`POLDER_LOG_BATCH: log.batch: "many" is not a whole number`,
		"--set: no-equals: want key=value",
		"--set: store.pth: unknown key",
		`--log-level: log level: "loud" is not one of DEBUG, INFO, WARN, ERROR`,
		`polder.toml: instance.level: "village" is not municipality`,
		"default: instance.name: is missing",
		"default: server.public_url: is missing",
		"--tls-cert and --tls-key go together",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not told: %s", want)
		}
	}
	if len(problems) != 14 {
		t.Errorf("%d problems, want 14:\n%v", len(problems), err)
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	if _, err := load(t, "a = \n", nil); err == nil || !strings.Contains(err.Error(), "polder.toml: line 1, column") {
		t.Errorf("a syntax error answers %v", err)
	}
	if _, err := load(t, minimal, func(s *config.Sources) { s.File = filepath.Join(s.Dir, "other.toml") }); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a named file that is absent answers %v", err)
	}
	c, err := config.Load(config.Sources{Dir: t.TempDir(), Set: []string{
		"instance.level=nation", "instance.area=NL01", "instance.name=Nederland", "server.public_url=https://denkmee.example.nl"}})
	if err != nil || c.Instance.Area != "NL01" {
		t.Errorf("without a file: %v", err)
	}
}

func TestChecks(t *testing.T) {
	for _, c := range []struct {
		set  []string
		dev  string // "ok": right with --dev; "too": wrong even then
		want string // problem without --dev; empty if there is none
	}{
		{[]string{"federation.allow_private=true"}, "ok", "federation.allow_private"},
		{[]string{"server.public_url=http://denkmee.example.nl"}, "ok", "server.public_url"},
		{[]string{"server.public_url=http://127.0.0.1:8080"}, "ok", "server.public_url"},
		{[]string{"server.public_url=https://127.0.0.1"}, "ok", "server.public_url"},
		{[]string{"server.public_url=http://gm0059.localhost:8441"}, "ok", "server.public_url"},
		{[]string{"server.public_url=https://denkmee"}, "ok", "server.public_url"},
		{[]string{"server.public_url=https://denkmee.example.nl:8443"}, "ok", ""},
		{[]string{"server.public_url=https://denkmee.example.nl/"}, "too", "server.public_url"},
		{[]string{"server.public_url=https://Denkmee.example.nl"}, "too", "server.public_url"},
		{[]string{"server.public_url=https://denkmee.example.nl."}, "too", "server.public_url"},
		{[]string{"server.public_url=https://a@denkmee.example.nl"}, "too", "server.public_url"},
		{[]string{"server.public_url=https://denkmee.example.nl:99999"}, "too", "server.public_url"},
		{[]string{"server.public_url=ftp://denkmee.example.nl"}, "too", "server.public_url"},
		{[]string{"server.public_url=denkmee.example.nl"}, "too", "server.public_url"},
		{[]string{"instance.host=other.example.nl"}, "too", "instance.host"},
		{[]string{"instance.area=PV21"}, "too", "instance.area"},
		{[]string{"instance.level=province", "instance.area=PV21"}, "ok", ""},
		{[]string{"instance.languages=nl,de"}, "too", "instance.languages"},
		{[]string{"instance.languages=nl,nl"}, "too", "instance.languages"},
		{[]string{"instance.languages="}, "too", "instance.languages"},
		{[]string{"server.listen=8080"}, "too", "server.listen"},
		{[]string{"server.listen=:0"}, "ok", ""},
		{[]string{"server.trusted_proxies=proxy"}, "too", "server.trusted_proxies"},
		{[]string{"tls.acme=true"}, "too", "tls.acme_mail"},
		{[]string{"store.engine=postgres"}, "too", "store.engine"},
		{[]string{"store.dsn=postgres://u:p@h"}, "too", "store.dsn"},
		{[]string{"federation.parent=https://provincie.example.nl"}, "ok", ""},
		{[]string{"federation.parent=http://localhost:1"}, "ok", "federation.parent"},
		{[]string{"federation.parent=https://denkmee.example.nl"}, "too", "federation.parent"},
		{[]string{"log.merge_delay=599s"}, "ok", "log.merge_delay"},
		{[]string{"log.batch=1"}, "ok", "log.batch"},
		{[]string{"log.batch=0"}, "too", "log.batch"},
		{[]string{"count.objection=2s"}, "ok", "count.objection"},
		{[]string{"count.objection=1ms"}, "too", "count.objection"},
		{[]string{"count.objection=15d"}, "ok", ""},
		{[]string{"opinion.step_deadline=1s"}, "ok", "opinion.step_deadline"},
		{[]string{"opinion.min_share=9"}, "too", "opinion.min_share"},
		{[]string{"privacy.k=9"}, "too", "privacy.k"},
		{[]string{"privacy.k=20"}, "ok", ""},
		{[]string{"privacy.ip_ttl=25h"}, "too", "privacy.ip_ttl"},
		{[]string{"privacy.inactive_days=800,700"}, "too", "privacy.inactive_days"},
		{[]string{"clocks.moderate=0wd"}, "too", "clocks.moderate"},
		{[]string{"mail.tls=none"}, "ok", "mail.tls"},
		{[]string{"mail.host=smtp.example.nl"}, "too", "mail.from"},
		{[]string{"oidc.issuer=https://broker.example.nl"}, "too", "oidc.client_id"},
		{[]string{"ui.theme=../x"}, "too", "ui.theme"},
		{[]string{"ui.embed_origins=https://www.example.nl"}, "ok", ""},
		{[]string{"ui.embed_origins=*"}, "too", "ui.embed_origins"},
		{[]string{"security.contact=veiligheid@example.nl"}, "too", "security.contact"},
		{[]string{"security.contact=https://example.nl/contact"}, "ok", ""},
		{[]string{"metrics.listen=0.0.0.0:9090"}, "too", "metrics.listen"},
		{[]string{"metrics.listen=[::1]:9090"}, "ok", ""},
	} {
		for _, dev := range []bool{false, true} {
			_, err := load(t, minimal, func(s *config.Sources) { s.Set, s.Dev = c.set, dev })
			bad := c.want != ""
			if dev {
				bad = c.dev == "too"
			}
			if !bad && err != nil {
				t.Errorf("%q, dev %t: %v", c.set, dev, err)
			}
			if bad && (err == nil || !strings.Contains(err.Error(), ": "+c.want+": ") || strings.Contains(err.Error(), "\n") && c.want != "oidc.client_id") {
				t.Errorf("%q, dev %t: got %v, want one problem with %s", c.set, dev, err, c.want)
			}
		}
	}
}

func TestDevAllowsPrivatePeers(t *testing.T) {
	c := mustLoad(t, minimal, func(s *config.Sources) { s.Dev = true })
	if !c.Federation.AllowPrivate || !strings.Contains(strings.Join(c.Warnings(), "\n"), "--dev is on") {
		t.Errorf("allow_private %t, warnings %q", c.Federation.AllowPrivate, c.Warnings())
	}
	plain := mustLoad(t, minimal, nil)
	if plain.Federation.AllowPrivate || len(plain.Warnings()) != 1 || !strings.Contains(plain.Warnings()[0], "security.contact") {
		t.Errorf("allow_private %t, warnings %q", plain.Federation.AllowPrivate, plain.Warnings())
	}
}

func TestWrittenFileReadsBack(t *testing.T) {
	dir := t.TempDir()
	c := config.Default()
	c.Instance = config.Instance{Host: "127.0.0.1:8440", Level: "province", Area: "PV21", Name: `Provincie "Fryslân" \ 1`, Languages: []string{"fy", "nl"}}
	c.Server.PublicURL = "http://127.0.0.1:8440"
	c.Federation.Parent, c.Federation.AllowPrivate = "http://127.0.0.1:8441", true
	c.Count.Objection = config.Duration(5 * time.Second)
	if err := config.Write(dir, c); err != nil {
		t.Fatal(err)
	}
	if err := config.Write(dir, c); !errors.Is(err, os.ErrExist) {
		t.Errorf("writing twice answers %v, want os.ErrExist", err)
	}
	info, err := os.Stat(filepath.Join(dir, config.FileName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	got, err := config.Load(config.Sources{Dir: dir, Dev: true})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Instance, c.Instance) || got.Federation != c.Federation || got.Count != c.Count || got.Log != c.Log {
		t.Errorf("read back %+v, %+v, %+v", got.Instance, got.Federation, got.Count)
	}
}

func TestPrintedConfigMasksSecrets(t *testing.T) {
	c := mustLoad(t, minimal, nil)
	c.Store.DSN = "postgres://user:hunter2@db"
	var b strings.Builder
	if err := c.PrintConfig(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`store.dsn = "***"`, `log.batch = 100`, `privacy.inactive_days = [770, 860]`, `instance.languages = ["nl", "en", "fy"]`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "hunter2") {
		t.Error("the secret is printed")
	}
	for line := range strings.Lines(b.String()) {
		name, _, _ := strings.Cut(line, " = ")
		if want := "# " + c.Origin(name) + "\n"; !strings.HasSuffix(line, want) {
			t.Errorf("%q does not end with %q", line, want)
		}
	}
	_, err := load(t, minimal+"store = { dsn = 12345 }\n", nil)
	if err == nil || strings.Contains(err.Error(), "12345") {
		t.Errorf("a wrong secret answers %v", err)
	}
}
