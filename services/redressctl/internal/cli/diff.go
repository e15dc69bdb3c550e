package cli

import (
	"fmt"
	"os"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/pkg/procedure"
	"redress.dev/services/redressctl/internal/difference"
)

type diffCmd struct {
	Before string `arg:"" help:"Folder of a pack, its procedure.yaml, or a published edition: CODE@EDITION or a digest."`
	After  string `arg:"" help:"The same of the other edition."`
	Lang   string `help:"Language of the words." enum:"en,zh" default:"en"`
}

// Help teaches by examples.
func (diffCmd) Help() string {
	return `Comments, the order of keys and the edition's own name are no difference. Without published editions no service is asked.

Examples:
  redressctl procedure diff handbook@2026-01 deploy/procedures/handbook/2026-02
  redressctl procedure diff handbook@2026-01 handbook@2026-02 --lang zh`
}

// changeLine is a difference as programs read it.
type changeLine struct {
	Section string `json:"section"`
	Words   string `json:"words"`
}

// Run prints the differences, what people do first.
func (c diffCmd) Run(e *env) error {
	before, err := content(e, c.Before)
	if err != nil {
		return err
	}
	after, err := content(e, c.After)
	if err != nil {
		return err
	}
	if before.GetCode() != after.GetCode() {
		return fmt.Errorf("%s and %s are two procedures, not two editions of one", before.GetCode(), after.GetCode())
	}
	lang := difference.Lang(c.Lang)
	found := difference.Between(before, after, lang)
	if e.print.format == "json" {
		list := make([]changeLine, len(found))
		for i, x := range found {
			list[i] = changeLine{x.Section.Title(lang), x.Words}
		}
		return e.print.json(list)
	}
	fmt.Fprintf(e.print.w, "%s: %s -> %s\n", before.GetCode(), before.GetEdition(), after.GetEdition())
	if len(found) == 0 {
		nothing := "No difference in meaning."
		if lang == difference.Zh {
			nothing = "含义没有差别。"
		}
		fmt.Fprintln(e.print.w, nothing)
	}
	section := difference.Section(0)
	for _, x := range found {
		if x.Section != section {
			section = x.Section
			e.print.heading(section.Title(lang))
		}
		fmt.Fprintln(e.print.w, "- "+x.Words)
	}
	return nil
}

// content returns the edition that a folder, a file, a name or a digest leads to, and sees that it is sound.
func content(e *env, where string) (*procedurev1.Procedure, error) {
	if _, err := os.Stat(where); err == nil {
		data, err := readPack(where)
		if err != nil {
			return nil, err
		}
		p, err := procedure.Parse(data)
		if err == nil {
			_, err = procedure.Compile(p)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
		return p, nil
	}
	if _, err := keyOf(where); err != nil {
		return nil, fmt.Errorf("there is no file %s, and it is no published edition either: write CODE@EDITION or a digest", where)
	}
	api, err := client(e, e.conn.Intake, intakev1.NewProcedureServiceClient)
	if err != nil {
		return nil, err
	}
	found, err := edition(e, api, where)
	return found.GetProcedure(), err
}
