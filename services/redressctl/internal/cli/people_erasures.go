package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

// maxReplayed is how many entries one call replays.
const maxReplayed = 200

type erasuresCmd struct {
	Out    string `short:"f" help:"Write the whole ledger into this new file, one entry a line; it holds nothing personal." placeholder:"FILE" type:"path" xor:"act"`
	Replay string `help:"Erase again whom a restored database has brought back, by the ledger in this file." placeholder:"FILE" type:"existingfile" xor:"act"`
}

// Help says when.
func (erasuresCmd) Help() string {
	return `A backup that is older than an erasure brings the person back. So keep the ledger elsewhere, and replay it after every restore, before
anybody works on the restored database:
  redressctl people erasures --out erasures.jsonl
  redressctl people erasures --replay erasures.jsonl`
}

// Run lists, writes or replays the ledger.
func (c erasuresCmd) Run(e *env) error {
	api, err := client(e, e.conn.Intake, intakev1.NewPeopleServiceClient)
	if err != nil {
		return err
	}
	if c.Replay != "" {
		return c.replay(e, api)
	}
	all := &intakev1.ListErasuresResponse{}
	for req := (&intakev1.ListErasuresRequest{PageSize: 200}); ; {
		page, err := api.ListErasures(e.ctx, req)
		if err != nil {
			return err
		}
		all.Erasures = append(all.Erasures, page.GetErasures()...)
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	if c.Out == "" {
		return e.print.answer(all, func() {
			var rows [][]string
			for _, x := range all.GetErasures() {
				rows = append(rows, []string{x.GetSubjectId(), at(x.GetEraseTime()), word(x.GetReason(), "SUBJECT_REASON_"), x.GetRequester(), x.GetApprover()})
			}
			e.print.table("erasures", []string{"person", "erased", "why", "asked by", "approved by"}, rows)
		})
	}
	var lines bytes.Buffer
	for _, x := range all.GetErasures() {
		data, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(x)
		if err != nil {
			return err
		}
		lines.Write(append(data, '\n'))
	}
	if err := writeSecret(c.Out, bytes.TrimSuffix(lines.Bytes(), []byte("\n"))); err != nil {
		return err
	}
	return e.print.answer(all, func() { fmt.Fprintf(e.print.w, "%d entries are in %s.\n", len(all.GetErasures()), c.Out) })
}

// replay sends the ledger a call at a time. One that fails has changed nothing, those before it have: the whole may be replayed again.
func (c erasuresCmd) replay(e *env, api intakev1.PeopleServiceClient) error {
	data, err := os.ReadFile(c.Replay)
	if err != nil {
		return err
	}
	var entries []*intakev1.Erasure
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		entry := &intakev1.Erasure{}
		if err := protojson.Unmarshal(line, entry); err != nil {
			return unsoundError{fmt.Errorf("%s, line %d: %w", c.Replay, n, err)}
		}
		entries = append(entries, entry)
	}
	if len(entries) == 0 {
		return unsoundError{errors.New(c.Replay + " holds no entries; people erasures --out writes one a line")}
	}
	var erased int32
	for from := 0; from < len(entries); from += maxReplayed {
		resp, err := api.ReplayErasures(e.ctx, &intakev1.ReplayErasuresRequest{
			RequestId: uuid.NewString(), Erasures: entries[from:min(from+maxReplayed, len(entries))],
		})
		if err != nil {
			return err
		}
		erased += resp.GetErasedCount()
	}
	return e.print.answer(&intakev1.ReplayErasuresResponse{ErasedCount: erased}, func() {
		fmt.Fprintf(e.print.w, "%d entries replayed; %d people had come back and are erased again.\n", len(entries), erased)
	})
}
