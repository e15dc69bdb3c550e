package demo

import (
	"strings"
	"testing"
)

func TestAWrongVariableIsNamed(t *testing.T) {
	for environ, want := range map[string]string{
		"REDRESS_PORT=abc":     "REDRESS_PORT",
		"REDRESS_PORT=70000":   "65531",
		"REDRESS_PORT=-1":      "65531",
		"REDRESS_DURABLE=some": "REDRESS_DURABLE",
		"DEMO_WINDOW=0":        "DEMO_WINDOW",
	} {
		if _, err := parseConfig([]string{environ}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", environ, err, want)
		}
	}
	if _, err := parseConfig(nil); err != nil {
		t.Errorf("the defaults: %v", err)
	}
}
