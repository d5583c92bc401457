// SPDX-License-Identifier: EUPL-1.2

package config

import (
	"log/slog"
	"path/filepath"
	"time"
)

// FileName is the configuration file in the folder of an instance.
const FileName = "polder.toml"

// Config is a checked configuration. The tags name the keys: the field
// Server.Listen is server.listen in the file and for --set, and
// POLDER_SERVER_LISTEN in the environment.
type Config struct {
	Instance   Instance   `toml:"instance"`
	Server     Server     `toml:"server"`
	TLS        TLS        `toml:"tls"`
	Store      Store      `toml:"store"`
	Federation Federation `toml:"federation"`
	Log        Log        `toml:"log"`
	Count      Count      `toml:"count"`
	Opinion    Opinion    `toml:"opinion"`
	Privacy    Privacy    `toml:"privacy"`
	Clocks     Clocks     `toml:"clocks"`
	Mail       Mail       `toml:"mail"`
	OIDC       OIDC       `toml:"oidc"`
	UI         UI         `toml:"ui"`
	Clients    Clients    `toml:"clients"`
	Limits     Limits     `toml:"limits"`
	Security   Security   `toml:"security"`
	Metrics    Metrics    `toml:"metrics"`

	// Given on the command line only.
	Dir      string     `toml:"-"` // folder of the instance; relative paths start here
	Dev      bool       `toml:"-"` // loopback, http and short durations are allowed
	CertFile string     `toml:"-"` // serve TLS with this certificate
	KeyFile  string     `toml:"-"`
	LogLevel slog.Level `toml:"-"`

	origin map[string]string // where each key got its value; absent: default
}

// Instance says who this is.
type Instance struct {
	Host      string   `toml:"host"`      // host[:port] of public_url; empty: taken from there
	Level     string   `toml:"level"`     // municipality, province or nation
	Area      string   `toml:"area"`      // CBS code: GM0059, PV21, NL01
	Name      string   `toml:"name"`      // as residents know it
	Languages []string `toml:"languages"` // of nl, en, fy; the first is the default
}

// Server says where it listens.
type Server struct {
	Listen         string   `toml:"listen"`
	PublicURL      string   `toml:"public_url"`      // origin without a path
	TrustedProxies []string `toml:"trusted_proxies"` // addresses or CIDR ranges
}

// TLS is for an instance without a proxy in front of it.
type TLS struct {
	ACME     bool   `toml:"acme"`
	ACMEMail string `toml:"acme_mail"`
}

// Store says where everything is kept.
type Store struct {
	Engine string `toml:"engine"` // bolt
	Path   string `toml:"path"`
	DSN    string `toml:"dsn" secret:"true"`
}

// Federation is the network of servers.
type Federation struct {
	Enabled      bool   `toml:"enabled"`
	Parent       string `toml:"parent"` // origin of the hub above, or empty
	AllowPrivate bool   `toml:"allow_private"`
}

// Log paces the ballot log (spec: aggregation.md 4).
type Log struct {
	Batch      int      `toml:"batch"`
	Interval   Duration `toml:"interval"`
	LastHour   Duration `toml:"last_hour"`
	MergeDelay Duration `toml:"merge_delay"`
	Grace      Duration `toml:"grace"`
}

// Count paces tallies and what hangs on them.
type Count struct {
	Tick           Duration `toml:"tick"`
	TallyBy        Duration `toml:"tally_by"`
	Objection      Duration `toml:"objection"`
	Debounce       Duration `toml:"debounce"`
	PollOpen       Duration `toml:"poll_open"`
	PollCounting   Duration `toml:"poll_counting"`
	QuestionUpdate Duration `toml:"question_update"`
}

// Opinion bounds opinion rounds (spec: opinion.md).
type Opinion struct {
	InConvMin     int      `toml:"in_conv_min"`
	PairMin       int      `toml:"pair_min"`
	MinShare      int      `toml:"min_share"`
	MinPeople     int      `toml:"min_people"`
	StatsDeadline Duration `toml:"stats_deadline"`
	StepDeadline  Duration `toml:"step_deadline"`
	ShareGap      Duration `toml:"share_gap"`
}

// Privacy holds what may be raised but not lowered.
type Privacy struct {
	K            int      `toml:"k"`             // smallest count shown
	IPTTL        Duration `toml:"ip_ttl"`        // how long addresses are kept, at most 24 h
	InactiveDays []int    `toml:"inactive_days"` // days to the notice and to anonymising
}

// Clocks are the promises to residents (spec: product.md 10.1).
type Clocks struct {
	Moderate  Period `toml:"moderate"`
	Answer    Period `toml:"answer"`
	Extension Period `toml:"extension"`
	Decision  Period `toml:"decision"`
	Update    Period `toml:"update"`
	Evaluate  Period `toml:"evaluate"`
}

// Mail is outgoing mail; without a host nothing is sent.
type Mail struct {
	Host string `toml:"host"` // host or host:port
	From string `toml:"from"`
	TLS  string `toml:"tls"` // mandatory, opportunistic; none with --dev
}

// OIDC is the municipal broker; without an issuer there is none.
type OIDC struct {
	Issuer           string `toml:"issuer"`
	ClientID         string `toml:"client_id"`
	ClientSecretFile string `toml:"client_secret_file"`
	AreaClaim        string `toml:"area_claim"`
	AgeClaim         string `toml:"age_claim"`
}

// UI is how pages look and who may embed them.
type UI struct {
	Theme        string   `toml:"theme"`
	ThemeFile    string   `toml:"theme_file"`
	LogoFile     string   `toml:"logo_file"`
	EmbedOrigins []string `toml:"embed_origins"`
}

// Clients is the Mastodon client API.
type Clients struct {
	ResidentPolls bool `toml:"resident_polls"`
}

// Limits are the rate limits that operators may want to change.
type Limits struct {
	InboxPerHost Rate `toml:"inbox_per_host"`
	API          Rate `toml:"api"`
	CodeTries    Rate `toml:"code_tries"`
}

// Security is for people who find a fault, and for staff.
type Security struct {
	Contact   string `toml:"contact"` // mailto: or https: address for security.txt
	StaffTOTP bool   `toml:"staff_totp"`
}

// Metrics is the Prometheus listener, on loopback; empty: none.
type Metrics struct {
	Listen string `toml:"listen"`
}

// Default is the configuration of architecture.md 7 without an identity.
func Default() *Config {
	const minute, hour, day = Duration(time.Minute), Duration(time.Hour), Duration(24 * time.Hour)
	return &Config{
		Instance:   Instance{Languages: []string{"nl", "en", "fy"}},
		Server:     Server{Listen: "127.0.0.1:8080", TrustedProxies: []string{}},
		Store:      Store{Engine: "bolt", Path: "polder.db"},
		Federation: Federation{Enabled: true},
		Log:        Log{Batch: 100, Interval: 5 * minute, LastHour: minute, MergeDelay: 10 * minute, Grace: 10 * minute},
		Count: Count{Tick: minute, TallyBy: 7 * day, Objection: 14 * day, Debounce: minute / 2,
			PollOpen: 15 * minute, PollCounting: 2 * minute, QuestionUpdate: 3 * minute},
		Opinion: Opinion{InConvMin: 7, PairMin: 3, MinShare: 10, MinPeople: 30,
			StatsDeadline: 6 * hour, StepDeadline: minute, ShareGap: day},
		Privacy: Privacy{K: 10, IPTTL: day, InactiveDays: []int{770, 860}},
		Clocks: Clocks{Moderate: Period{Days: 1, Work: true}, Answer: Period{Days: 42}, Extension: Period{Days: 28},
			Decision: Period{Days: 14}, Update: Period{Days: 90}, Evaluate: Period{Days: 60}},
		Mail: Mail{TLS: "mandatory"},
		UI:   UI{Theme: "neutral", EmbedOrigins: []string{}},
		Limits: Limits{InboxPerHost: Rate{20, time.Second}, API: Rate{300, 5 * time.Minute},
			CodeTries: Rate{5, 15 * time.Minute}},
		Security: Security{StaffTOTP: true},
		LogLevel: slog.LevelInfo,
		origin:   map[string]string{},
	}
}

// Path makes a configured path absolute: relative ones start at Dir. An empty
// path stays empty.
func (c *Config) Path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.Dir, p)
}

// Origin tells where a key got its value: "default", a file, a variable or a
// flag.
func (c *Config) Origin(key string) string {
	if o := c.origin[key]; o != "" {
		return o
	}
	return "default"
}

// Warnings are what an operator should know at every start.
func (c *Config) Warnings() []string {
	var list []string
	if c.Dev {
		list = append(list, "--dev is on: http, loopback peers and short durations are allowed, and loopback has no rate limits; never use this on the internet")
	}
	if c.Security.Contact == "" {
		list = append(list, "security.contact is not set: there is no security.txt, so nobody knows whom to tell about a fault")
	}
	if !c.Security.StaffTOTP {
		list = append(list, "security.staff_totp is off: staff can log in with a password alone")
	}
	return list
}
