package demo

import (
	"fmt"
	"strings"

	"redress.dev/services/standalone"
)

// serves says what each service is asked for.
var serves = map[string]string{
	"intake":    "complaints: register, stream, find, withdraw; procedures",
	"routing":   "cases, work, the duty directory",
	"slatimer":  "time limits",
	"followup":  "return visits, closing",
	"reporting": "timelines, figures",
}

// welcome says which addresses serve what, and what to type next.
func (d *demo) welcome() error {
	var b strings.Builder
	b.WriteString("\nRedress is up, on this machine only (gRPC, contracts in proto/redress):\n")
	for _, name := range standalone.Names() {
		fmt.Fprintf(&b, "  %-10s %-16s %s\n", name, d.suite.Address(name), serves[name])
	}
	fmt.Fprintf(&b, "Every call needs a bearer token; a developer's is in %s, where redressctl looks for it.\n", d.tokenFile())
	if text := d.logs.summary(); text != "" {
		b.WriteString(text + "\n")
	} else {
		fmt.Fprintf(&b, "Logs of the services: %s\n", d.logs.dir)
	}
	b.WriteString(`
Next, in another terminal:
  go build -o .bin/redressctl redress.dev/services/redressctl
`)
	if env := d.environment(); env != "" {
		fmt.Fprintf(&b, "  export %s\n", env)
	}
	book := d.script.book
	fmt.Fprintf(&b, `  .bin/redressctl complaints list
  .bin/redressctl complaints show NUMBER
  .bin/redressctl complaints register --help
  .bin/redressctl report %s --by %s --from 2023-01-01
  .bin/redressctl --help
`, book.Procedure, strings.Join(book.grouping(), ","))
	fmt.Fprintf(&b, "Ctrl-C stops; make run goes on with the same data. To start afresh: rm -rf %s\n", d.cfg.Data)
	_, err := fmt.Fprint(d.out, b.String())
	return err
}

// environment is what redressctl must be told where the suite is not where it looks.
func (d *demo) environment() string {
	defaults, err := parseConfig(nil)
	if err != nil || (d.cfg.FirstPort == defaults.FirstPort && d.cfg.Data == defaults.Data) {
		return ""
	}
	vars := []string{"REDRESS_TOKEN_FILE=" + d.tokenFile()}
	for _, name := range standalone.Names() {
		vars = append(vars, "REDRESS_"+strings.ToUpper(name)+"="+d.suite.Address(name))
	}
	return strings.Join(vars, " ")
}
