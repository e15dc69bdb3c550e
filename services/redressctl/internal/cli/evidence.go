package cli

import (
	"fmt"

	"github.com/google/uuid"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

type evidenceCmd struct {
	Add     evidenceAddCmd     `cmd:"" help:"Keep a file with a complaint; an interrupted upload goes on where it broke."`
	List    evidenceListCmd    `cmd:"" help:"List the files that are kept with a complaint."`
	Get     evidenceGetCmd     `cmd:"" help:"Save a file; who asked and why is recorded."`
	Remove  evidenceRemoveCmd  `cmd:"" help:"Destroy the content of a file; that it was there stays on record."`
	Custody evidenceCustodyCmd `cmd:"" help:"Tell who did what with a complaint's files."`
	Cancel  evidenceCancelCmd  `cmd:"" help:"Drop an upload that is not finished."`
}

type evidenceListCmd struct {
	Complaint string `arg:"" help:"Number or UUID of the complaint."`
	page
}

// Run lists one page.
func (c evidenceListCmd) Run(e *env) error {
	api, id, err := about(e, c.Complaint, intakev1.NewEvidenceServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListEvidence(e.ctx, &intakev1.ListEvidenceRequest{ComplaintId: id, PageSize: c.PageSize, PageToken: c.PageToken})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		var rows [][]string
		for _, x := range resp.GetEvidence() {
			rows = append(rows, []string{
				x.GetEvidenceId(), x.GetKind(), x.GetMediaType(), fileSize(x.GetSizeBytes()), at(x.GetOccurTime()), x.GetActor(), at(x.GetRemoveTime()),
			})
		}
		e.print.table("evidence: keep some with redressctl evidence add", []string{"evidence", "kind", "type", "size", "handed over", "by", "removed"}, rows, 3)
		e.print.more(resp.GetNextPageToken())
	})
}

type evidenceRemoveCmd struct {
	Evidence  string `arg:"" help:"UUID of the file (see: evidence list)."`
	Reason    string `help:"Why, 5 to 200 characters, without anything personal: it stays on record." required:""`
	RequestID string `help:"UUID that makes the command safe to repeat; default a new one." placeholder:"UUID"`
}

// Run destroys the content of a file.
func (c evidenceRemoveCmd) Run(e *env) error {
	api, err := client(e, e.conn.Intake, intakev1.NewEvidenceServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.RemoveEvidence(e.ctx, &intakev1.RemoveEvidenceRequest{RequestId: orNew(c.RequestID), EvidenceId: c.Evidence, Reason: c.Reason})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		fmt.Fprintf(e.print.w, "The content of %s is destroyed. It had the SHA-256 %s.\n", resp.GetEvidence().GetEvidenceId(), resp.GetEvidence().GetSha256())
	})
}

type evidenceCustodyCmd struct {
	Complaint string `arg:"" help:"Number or UUID of the complaint."`
	Evidence  string `help:"Only of this file." placeholder:"UUID"`
	page
}

// Run lists one page.
func (c evidenceCustodyCmd) Run(e *env) error {
	api, id, err := about(e, c.Complaint, intakev1.NewEvidenceServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListCustody(e.ctx, &intakev1.ListCustodyRequest{ComplaintId: id, EvidenceId: c.Evidence, PageSize: c.PageSize, PageToken: c.PageToken})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		var rows [][]string
		for _, x := range resp.GetEntries() {
			rows = append(rows, []string{at(x.GetActTime()), x.GetEvidenceId(), word(x.GetAct(), "CUSTODY_ACT_"), x.GetActor(), x.GetReason(), x.GetSha256()[:12]})
		}
		e.print.table("custody: no evidence was brought in", []string{"when", "evidence", "what", "by", "why", "sha-256"}, rows)
		e.print.more(resp.GetNextPageToken())
	})
}

type evidenceCancelCmd struct {
	Upload string `arg:"" help:"UUID of the upload."`
}

// Run drops an upload.
func (c evidenceCancelCmd) Run(e *env) error {
	api, err := client(e, e.conn.Intake, intakev1.NewEvidenceServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.CancelUpload(e.ctx, &intakev1.CancelUploadRequest{RequestId: uuid.NewString(), UploadId: c.Upload})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() { fmt.Fprintln(e.print.w, "The upload is dropped.") })
}

// fileSize returns a number of bytes for people: "512 B", "1.5 MiB".
func fileSize(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
