package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

type exportPersonCmd struct {
	Person  string `arg:"" optional:"" help:"UUID of the person (see: people find)."`
	Reason  string `help:"Why: subject_asked, retention_ended, consent_withdrawn, unlawful or authority_ordered." enum:"subject_asked,retention_ended,consent_withdrawn,unlawful,authority_ordered" default:"subject_asked"`
	Approve string `help:"Approve this request of somebody else (see: people requests)." placeholder:"REQUEST" xor:"act"`
	Fetch   string `help:"Fetch what this request, approved at most seven days ago, is for; into --out." placeholder:"REQUEST" xor:"act"`
	Out     string `short:"f" help:"Write what is fetched into this new JSON file, for the owner's eyes alone." placeholder:"FILE" type:"path"`
}

// Help shows the two people's three commands.
func (exportPersonCmd) Help() string {
	return `Example, as two people:
  redressctl people export 0199a3c0-0000-7000-8000-000000000001 --token-file officer
  redressctl people export --approve 0199a3c1-0000-7000-8000-000000000002 --token-file second-officer
  redressctl people export --fetch 0199a3c1-0000-7000-8000-000000000002 --out person.json --token-file officer`
}

// Run asks, approves or fetches.
func (c exportPersonCmd) Run(e *env) error {
	if (c.Person == "") == (c.Approve == "" && c.Fetch == "") {
		return errTwoWays
	}
	if (c.Fetch == "") != (c.Out == "") {
		return errors.New("--fetch wants --out: the file that everything of the person is written to")
	}
	api, err := client(e, e.conn.Intake, intakev1.NewPeopleServiceClient)
	if err != nil {
		return err
	}
	switch {
	case c.Fetch != "":
		return c.fetch(e, api)
	case c.Approve != "":
		resp, err := api.ApproveExport(e.ctx, &intakev1.ApproveExportRequest{RequestId: uuid.NewString(), SubjectRequestId: c.Approve})
		if err != nil {
			return err
		}
		return e.print.answer(resp, func() {
			fmt.Fprintf(e.print.w, "Approved.\nNext: redressctl people export --fetch %s --out FILE\n", c.Approve)
		})
	}
	resp, err := api.RequestExport(e.ctx, &intakev1.RequestExportRequest{RequestId: uuid.NewString(), SubjectId: c.Person, Reason: reasonOf(c.Reason)})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() { e.print.asked("export", resp.GetRequest()) })
}

// personFile is an export as a file.
type personFile struct {
	Person     json.RawMessage   `json:"person"`
	Complaints []complaintOfFile `json:"complaints"`
	Accesses   []json.RawMessage `json:"accesses"`
}

type complaintOfFile struct {
	Complaint json.RawMessage   `json:"complaint"`
	Contacts  []json.RawMessage `json:"contacts,omitempty"`
	Evidence  []json.RawMessage `json:"evidence,omitempty"` // what files there are; redressctl evidence get saves each
}

// fetch writes an export into a file that was not there before.
func (c exportPersonCmd) fetch(e *env, api intakev1.PeopleServiceClient) error {
	stream, err := api.ExportPersonalData(e.ctx, &intakev1.ExportPersonalDataRequest{SubjectRequestId: c.Fetch})
	if err != nil {
		return err
	}
	var file personFile
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := file.add(part); err != nil {
			return err
		}
	}
	data, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	if err := writeSecret(c.Out, data); err != nil {
		return err
	}
	if e.print.format == "json" {
		return e.print.json(map[string]any{"file": c.Out, "complaints": len(file.Complaints)})
	}
	fmt.Fprintf(e.print.w, "Written to %s: %d complaints. Hand it to the person, and delete it.\n", c.Out, len(file.Complaints))
	return nil
}

// add puts a part where it belongs.
func (f *personFile) add(part *intakev1.ExportPersonalDataResponse) error {
	var of proto.Message
	switch p := part.GetPart().(type) {
	case *intakev1.ExportPersonalDataResponse_Subject:
		of = p.Subject
	case *intakev1.ExportPersonalDataResponse_Complaint:
		of = p.Complaint
	case *intakev1.ExportPersonalDataResponse_Contact:
		of = p.Contact
	case *intakev1.ExportPersonalDataResponse_Evidence:
		of = p.Evidence
	case *intakev1.ExportPersonalDataResponse_Access:
		of = p.Access
	default:
		return errors.New("intake sends a part that this redressctl does not know: use a newer one")
	}
	data, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(of)
	if err != nil {
		return err
	}
	switch last := len(f.Complaints) - 1; part.GetPart().(type) {
	case *intakev1.ExportPersonalDataResponse_Subject:
		f.Person = data
	case *intakev1.ExportPersonalDataResponse_Complaint:
		f.Complaints = append(f.Complaints, complaintOfFile{Complaint: data})
	case *intakev1.ExportPersonalDataResponse_Contact:
		if last < 0 {
			return errors.New("intake sends a contact before its complaint")
		}
		f.Complaints[last].Contacts = append(f.Complaints[last].Contacts, data)
	case *intakev1.ExportPersonalDataResponse_Evidence:
		if last < 0 {
			return errors.New("intake sends evidence before its complaint")
		}
		f.Complaints[last].Evidence = append(f.Complaints[last].Evidence, data)
	default:
		f.Accesses = append(f.Accesses, data)
	}
	return nil
}

// writeSecret writes a file that was not there before, for its owner's eyes.
func writeSecret(file string, data []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there already; name a new file", file)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	return errors.Join(err, f.Close())
}
