package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/procedure"
)

type procedureCmd struct {
	Verify   verifyCmd   `cmd:"" help:"Verify a pack on this machine: what could strand a complaint, with its place, a way that shows it, and the remedy."`
	Publish  publishCmd  `cmd:"" help:"Publish a pack as a draft."`
	Activate activateCmd `cmd:"" help:"Ask that new complaints begin on an edition; with another person's token, approve or reject that."`
	Retire   retireCmd   `cmd:"" help:"End a procedure for new complaints."`
	List     editionsCmd `cmd:"" help:"List the published editions and where each stands."`
	Show     editionCmd  `cmd:"" help:"Show one edition, and who did what with it, when and why."`
	Diff     diffCmd     `cmd:"" help:"Say in words how two editions differ, in English or Chinese."`
	Migrate  migrateCmd  `cmd:"" help:"Move complaints that run to another edition."`
	Test     testCmd     `cmd:"" help:"Run the cases of packs on five services of their own: does the procedure do what its author expects?"`
	Coverage coverageCmd `cmd:"" help:"Tell which requirements of a procedure's source its cases show."`
	Draw     drawCmd     `cmd:"" help:"Draw a pack's flows as SVG for a sheet of A3: steps, posts, branches, time limits, return visits."`
}

// packFile is the file of a pack that holds the procedure.
const packFile = "procedure.yaml"

func readPack(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, packFile)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("no pack: %w (name a folder with a procedure.yaml, for example deploy/procedures/handbook/2026-01)", err)
	}
	return data, nil
}

type publishCmd struct {
	Pack string `arg:"" help:"Folder of the pack, or its procedure.yaml." type:"path"`
}

// Run publishes the pack.
func (c publishCmd) Run(e *env) error {
	data, err := readPack(c.Pack)
	if err != nil {
		return err
	}
	p, err := procedure.Parse(data)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Intake, intakev1.NewProcedureServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.PublishProcedure(e.ctx, &intakev1.PublishProcedureRequest{RequestId: uuid.NewString(), Procedure: p})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		ed := resp.GetEdition()
		fmt.Fprintf(e.print.w, "Published %s, digest %s.\n", nameOf(ed), ed.GetEdition().GetDigest())
		if n := len(resp.GetWarnings()); n > 0 {
			fmt.Fprintf(e.print.w, "%d warnings: redressctl procedure verify %s lists them.\n", n, c.Pack)
		}
		if ed.GetState() == intakev1.EditionState_EDITION_STATE_DRAFT {
			fmt.Fprintf(e.print.w, "It is a draft. Two people activate it:\n  redressctl procedure activate %[1]s --reason TEXT\n"+
				"  redressctl procedure activate %[1]s --approve --token-file FILE\n", nameOf(ed))
		}
	})
}

// nameOf returns an edition as commands take it.
func nameOf(ed *intakev1.PublishedEdition) string {
	return ed.GetEdition().GetProcedure() + "@" + ed.GetEdition().GetEdition()
}

// keyOf reads "code@edition" or a digest.
func keyOf(edition string) (*intakev1.GetProcedureRequest, error) {
	if code, name, ok := strings.Cut(edition, "@"); ok && code != "" && name != "" {
		named := &intakev1.EditionName{Procedure: code, Edition: name}
		return &intakev1.GetProcedureRequest{Key: &intakev1.GetProcedureRequest_Name{Name: named}}, nil
	}
	if len(edition) == 64 {
		return &intakev1.GetProcedureRequest{Key: &intakev1.GetProcedureRequest_Digest{Digest: edition}}, nil
	}
	return nil, fmt.Errorf("%q names no edition: write CODE@EDITION, for example handbook@2026-01, or its digest; redressctl procedure list shows them", edition)
}

// edition asks intake for one edition.
func edition(e *env, api intakev1.ProcedureServiceClient, name string) (*intakev1.GetProcedureResponse, error) {
	key, err := keyOf(name)
	if err != nil {
		return nil, err
	}
	return api.GetProcedure(e.ctx, key)
}
