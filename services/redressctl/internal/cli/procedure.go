package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/procedure"
)

type procedureCmd struct {
	Verify   verifyCmd   `cmd:"" help:"Verify a pack on this machine: what could strand a complaint, with its place, a way that shows it, and the remedy."`
	Test     testCmd     `cmd:"" help:"Run the cases of packs on five services of their own: does the procedure do what its author expects?"`
	Coverage coverageCmd `cmd:"" help:"Tell which requirements of a procedure's source its cases show."`
	Publish  publishCmd  `cmd:"" help:"Publish a pack: new complaints begin on it."`
	List     editionCmd  `cmd:"" help:"List the published editions."`
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
		ed := resp.GetEdition().GetEdition()
		fmt.Fprintf(e.print.w, "Published %s %s, digest %s.\n", ed.GetProcedure(), ed.GetEdition(), ed.GetDigest())
		if n := len(resp.GetWarnings()); n > 0 {
			fmt.Fprintf(e.print.w, "%d warnings: redressctl procedure verify %s lists them.\n", n, c.Pack)
		}
	})
}

type editionCmd struct{}

// Run lists the editions.
func (c editionCmd) Run(e *env) error {
	api, err := client(e, e.conn.Intake, intakev1.NewProcedureServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListProcedures(e.ctx, &intakev1.ListProceduresRequest{})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		var rows [][]string
		for _, x := range resp.GetEditions() {
			active := ""
			if x.GetActive() {
				active = "yes"
			}
			rows = append(rows, []string{x.GetEdition().GetProcedure(), x.GetEdition().GetEdition(), active, at(x.GetPublishTime()), x.GetEdition().GetDigest()[:12]})
		}
		e.print.table("procedures: publish one with redressctl procedure publish", []string{"procedure", "edition", "active", "published", "digest"}, rows)
	})
}
