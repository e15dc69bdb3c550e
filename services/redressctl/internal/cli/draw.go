package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"redress.dev/pkg/procedure"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/services/redressctl/internal/draw"
)

type drawCmd struct {
	Pack string `arg:"" help:"Folder of the pack, or its procedure.yaml." type:"path"`
	File string `name:"file" short:"f" help:"SVG file to write; left out: the terminal. Several flows and actions get a file each, FILE-FLOW.svg." placeholder:"FILE.svg" type:"path"`
	Flow string `help:"Draw this flow or action only." placeholder:"FLOW"`
	Lang string `help:"Language of the picture: zh or en." enum:"zh,en" default:"zh"`
}

// Run draws the pack without any service.
func (c drawCmd) Run(e *env) error {
	data, err := readPack(c.Pack)
	if err != nil {
		return err
	}
	p, err := procedure.Parse(data)
	if err != nil {
		return err
	}
	compiled, err := procedure.Compile(p)
	if err != nil {
		return err
	}
	flows, err := c.flows(p)
	if err != nil {
		return err
	}
	for _, flow := range flows {
		picture, err := draw.Flow(p, flow, compiled.Digest, draw.Lang(c.Lang))
		if err != nil {
			return err
		}
		if c.File == "" {
			_, err = e.print.w.Write(picture)
			return err
		}
		file := c.File
		if len(flows) > 1 {
			ext := filepath.Ext(file)
			file = strings.TrimSuffix(file, ext) + "-" + flow + ext
		}
		if err := os.WriteFile(file, picture, 0o644); err != nil {
			return fmt.Errorf("write the picture: %w", err)
		}
		kind := "flow"
		if _, ok := compiled.Action(flow); ok {
			kind = "action"
		}
		fmt.Fprintf(e.print.w, "Drew %s %s into %s.\n", kind, flow, file)
	}
	return nil
}

// flows returns the keys of the flows and actions to draw.
func (c drawCmd) flows(p *procedurev1.Procedure) ([]string, error) {
	keys := draw.Keys(p)
	all := strings.Join(keys, ", ")
	switch {
	case slices.Contains(keys, c.Flow):
		return []string{c.Flow}, nil
	case c.Flow != "":
		return nil, fmt.Errorf("--flow: the procedure has no flow and no action %q; it has %s", c.Flow, all)
	case c.File == "" && len(keys) > 1:
		return nil, errors.New("which one? it has the flows and actions " + all + "; name one with --flow, or a file with --file")
	}
	return keys, nil
}
