package survey_test

import (
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

func TestNameKeySame(t *testing.T) {
	for _, c := range []struct{ name, key string }{
		{"Acme Medical Limited", "ACME MEDICAL LTD"},
		{"ACME MEDICAL LTD.", "ACME MEDICAL LTD"},
		{"  acme   medical  ltd", "ACME MEDICAL LTD"},
		{"The Acme Medical Ltd", "ACME MEDICAL LTD"},
		{"Smith & Nephew PLC", "SMITH AND NEPHEW PLC"},
		{"Smith and Nephew Public Limited Company", "SMITH AND NEPHEW PLC"},
		{"Smith + Nephew P.L.C.", "SMITH AND NEPHEW PLC"},
		{"O'Neill’s Clinics Ltd", "ONEILLS CLINICS LTD"},
		{"Société Générale", "SOCIETE GENERALE"},
		{"Socie\u0301te\u0301 Ge\u0301ne\u0301rale", "SOCIETE GENERALE"},
		{"Rolls-Royce plc", "ROLLS ROYCE PLC"},
		{"RED BAND CHEMICAL COMPANY, LIMITED", "RED BAND CHEMICAL COMPANY LTD"},
		{"Ac\u200bme Medical\u202e Ltd", "ACME MEDICAL LTD"},
		{"Dŵr Cymru Cyfyngedig", "DWR CYMRU LTD"},
		{"Kernow Health C.I.C.", "KERNOW HEALTH CIC"},
		{"Kernow Health Community Interest Company", "KERNOW HEALTH CIC"},
		{"Limited", "LIMITED"},
		{"The", "THE"},
		{"", ""},
		{"東京 Medical", "東京 MEDICAL"},
	} {
		if got := survey.NameKey(c.name); got != c.key {
			t.Errorf("NameKey(%q) = %q, want %q", c.name, got, c.key)
		}
	}
}

func TestNameKeyApart(t *testing.T) {
	for _, c := range [][2]string{
		{"PORTHAVEN CARE HOMES LIMITED", "PORTHAVEN CARE HOMES LLP"},
		{"Acme Limited", "Acme Limited Partnership"},
		{"Acme Ltd", "Acme"},
		{"Acme UK Ltd", "Acme Ltd"},
		{"Acme Group Ltd", "Acme Ltd"},
		{"Acme Holdings Ltd", "Acme Ltd"},
		{"Acme Services Ltd", "Acme Ltd"},
		{"Acme (2001) Ltd", "Acme Ltd"},
		{"Limited Edition Ltd", "Ltd Edition Ltd"},
	} {
		if survey.NameKey(c[0]) == survey.NameKey(c[1]) {
			t.Errorf("%q and %q have the same key %q", c[0], c[1], survey.NameKey(c[0]))
		}
	}
}

func TestCleanName(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"  Acme \t Medical\r\nLtd ", "Acme Medical Ltd"},
		{"Ac\u200bme\u202e \x00Ltd", "Acme Ltd"},
		{"Acme\u00a0Ltd", "Acme Ltd"},
		{"\u200b", ""},
	} {
		got := survey.CleanName(c.name)
		if got != c.want {
			t.Errorf("CleanName(%q) = %q, want %q", c.name, got, c.want)
		}
		if again := survey.CleanName(got); again != got {
			t.Errorf("CleanName(%q) = %q, then %q", c.name, got, again)
		}
	}
}
