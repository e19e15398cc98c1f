package config_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/config"
)

func write(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestLaterSourcesWin(t *testing.T) {
	dir := write(t, "region: otv\nnode_listen: \":1001\"\nlisten: \":1002\"\nlog: warn\ntls:\n  cert_file: a.pem\n")
	c, origins, err := config.Load(
		config.Flags{"dir": dir, "listen": ":3002"},
		[]string{"TRACKER_LISTEN=:2002", "TRACKER_LOG=registry:debug", "TRACKER_TLS_KEY_FILE=b.pem", "TRACKER_DIR=/elsewhere", "HOME=/root", "TRACKER_REGION="})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.Dir, want.Region, want.NodeListen, want.Listen, want.Log = dir, "otv", ":1001", ":3002", "registry:debug"
	want.TLS = config.TLS{CertFile: "a.pem", KeyFile: "b.pem"}
	if c != want {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
	for name, origin := range map[string]config.Origin{
		"dir": config.FromFlag, "listen": config.FromFlag, "log": config.FromEnv, "tls.key_file": config.FromEnv,
		"region": config.FromFile, "tls.cert_file": config.FromFile, "policy": config.FromDefault,
	} {
		if got := origins.Of(name); got != origin {
			t.Errorf("%s comes from %s, want %s", name, got, origin)
		}
	}
	if len(origins.Warnings) != 0 || !origins.FileRead {
		t.Errorf("warnings %q, file read %v", origins.Warnings, origins.FileRead)
	}
}

func TestNoFileNoSettings(t *testing.T) {
	c, origins, err := config.Load(config.Flags{"dir": t.TempDir()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Dir = ""
	if c != config.Default() || origins.FileRead {
		t.Errorf("got %+v, file read %v", c, origins.FileRead)
	}
}

func TestUnknownVariablesOnlyWarn(t *testing.T) {
	_, origins, err := config.Load(config.Flags{"dir": t.TempDir()}, []string{"TRACKER_LISTNE=:1", "TRACKER_TOKEN=x", "TRACKER_NODE_URL=x", "TRACKER_CA=x"})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(origins.Warnings, "; "); got != "unknown variable TRACKER_LISTNE is ignored: did you mean TRACKER_LISTEN?" {
		t.Errorf("warnings: %q", got)
	}
}

func TestFaultsNameFileAndKey(t *testing.T) {
	for name, tc := range map[string]struct {
		file  string
		flags config.Flags
		env   []string
		want  []string
	}{
		"misspelt key":       {file: "lisen: \":1\"\n", want: []string{"tracker.yaml", "unknown key lisen", "did you mean listen?"}},
		"misspelt inner key": {file: "tls:\n  certfile: x\n", want: []string{"unknown key tls.certfile", "did you mean tls.cert_file?"}},
		"far from any key":   {file: "colour: blue\n", want: []string{"unknown key colour", "the keys are region"}},
		"dir in the file":    {file: "dir: /x\n", want: []string{"dir cannot stand in the file"}},
		"section as value":   {file: "tls: yes\n", want: []string{"tls is a section", "cert_file"}},
		"value as section":   {file: "listen:\n  port: 5\n", want: []string{"listen takes one value"}},
		"list as value":      {file: "listen: [a, b]\n", want: []string{"listen"}},
		"not YAML":           {file: "a: [\n", want: []string{"tracker.yaml", "not valid YAML", "line"}},
		"key twice":          {file: "region: otv\nregion: sw\n", want: []string{"already defined"}},
		"port out of range":  {file: "listen: \":70000\"\n", want: []string{"listen", "tracker.yaml", "port \"70000\""}},
		"no port":            {env: []string{"TRACKER_LISTEN=localhost"}, want: []string{"listen (TRACKER_LISTEN)", "host:port"}},
		"same port twice":    {flags: config.Flags{"listen": ":7443"}, want: []string{"listen (--listen)", "node_listen too"}},
		"advertise anywhere": {flags: config.Flags{"node_advertise": "0.0.0.0:7443"}, want: []string{"node_advertise", "every address"}},
		"region":             {flags: config.Flags{"region": "Oxford!"}, want: []string{"region (--region)"}},
		"policy":             {flags: config.Flags{"policy": "lax"}, want: []string{"standard, open"}},
		"log level":          {env: []string{"TRACKER_LOG=registry:loud"}, want: []string{"log (TRACKER_LOG)", "registry:loud"}},
		"certificate alone":  {file: "tls:\n  cert_file: a.pem\n", want: []string{"go together"}},
		"unknown flag":       {flags: config.Flags{"lissen": "x"}, want: []string{"lissen"}},
		"form over HTTP":     {file: "respond:\n  url: http://survey.example.org\n", want: []string{"respond.url", "https://survey.example.org"}},
		"form with a path":   {file: "respond:\n  url: https://example.org/survey\n", want: []string{"respond.url"}},
		"form's port twice":  {file: "respond:\n  listen: \":8443\"\n", want: []string{"respond.listen", "listen too"}},
		"form's certificate": {file: "respond:\n  key_file: a.pem\n", want: []string{"respond.cert_file", "go together"}},
		"mail without from":  {file: "smtp:\n  address: mail.example:587\n", want: []string{"smtp.address", "from go together"}},
		"mail without port":  {file: "smtp:\n  address: mail.example\n  from: a@b.example\n", want: []string{"smtp.address", "host:port"}},
		"nobody's address":   {file: "smtp:\n  address: mail.example:587\n  from: nobody\n", want: []string{"smtp.from"}},
		"user, no password":  {file: "smtp:\n  user: otv\n", want: []string{"smtp.user", "password_file"}},
		"password in clear":  {file: "smtp:\n  user: otv\n  password_file: p\n  security: none\n", want: []string{"smtp.security", "readable"}},
		"unknown protection": {file: "smtp:\n  security: maybe\n", want: []string{"starttls, tls, none"}},
		"two faults":         {file: "listen: x\npolicy: y\n", want: []string{"listen", "policy"}},
	} {
		t.Run(name, func(t *testing.T) {
			flags := config.Flags{"dir": write(t, tc.file)}
			for k, v := range tc.flags {
				flags[k] = v
			}
			_, _, err := config.Load(flags, tc.env)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, part := range tc.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q lacks %q", err, part)
				}
			}
		})
	}
}

func TestEmptySectionIsFine(t *testing.T) {
	if _, _, err := config.Load(config.Flags{"dir": write(t, "tls:\nregion:\n")}, nil); err != nil {
		t.Error(err)
	}
}

// The commented file must hold the defaults: without the comment mark before each key it must load
// as the defaults.
func TestExampleIsTheDefaults(t *testing.T) {
	open := regexp.MustCompile(`(?m)^(\s*)#([a-z_]+: )`).ReplaceAllString(config.Example(), "$1$2")
	for _, text := range []string{config.Example(), open} {
		dir := write(t, text)
		c, origins, err := config.Load(config.Flags{"dir": dir}, nil)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		c.Dir = ""
		if c != config.Default() {
			t.Errorf("got %+v from\n%s", c, text)
		}
		if text == open && origins.Of("tls.key_file") != config.FromFile {
			t.Error("the uncommented example does not set every key")
		}
	}
	for _, name := range config.Keys() {
		_, last, nested := strings.Cut(name, ".")
		if !nested {
			last = name
		}
		if !strings.Contains(config.Example(), "#"+last+": ") {
			t.Errorf("the example lacks %s", name)
		}
	}
}

func TestWriteThenLoad(t *testing.T) {
	want := config.Default()
	want.Dir, want.Region, want.Listen, want.NodeAdvertise = t.TempDir(), "wessex", "127.0.0.1:8444", "node.wessex.example:7443"
	want.TLS = config.TLS{CertFile: `C:\keys\"a".pem`, KeyFile: "key £.pem"}
	for range 2 { // the second replaces the first
		if err := config.Write(want.Path(), want); err != nil {
			t.Fatal(err)
		}
	}
	got, _, err := config.Load(config.Flags{"dir": want.Dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	bad := want
	bad.Listen = "nonsense"
	if err := config.Write(want.Path(), bad); err == nil {
		t.Error("wrote settings that cannot be read")
	}
	entries, err := os.ReadDir(want.Dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestAdvertiseAddress(t *testing.T) {
	c := config.Default()
	if _, err := c.AdvertiseAddress(); err == nil {
		t.Error("no host to advertise, but no error")
	}
	c.NodeListen = "10.0.0.7:7443"
	if got, err := c.AdvertiseAddress(); got != "10.0.0.7:7443" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	c.NodeAdvertise = "tracker.example:443"
	if got, err := c.AdvertiseAddress(); got != "tracker.example:443" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestLevels(t *testing.T) {
	levels, err := config.ParseLevels("warn, registry:debug,gossip:info")
	if err != nil {
		t.Fatal(err)
	}
	for room, want := range map[string]slog.Level{"registry": slog.LevelDebug, "gossip": slog.LevelInfo, "store": slog.LevelWarn} {
		if got := levels.Of(room); got != want {
			t.Errorf("%s: %v, want %v", room, got, want)
		}
	}
	if levels.Lowest() != slog.LevelDebug {
		t.Errorf("lowest is %v", levels.Lowest())
	}
}
