package cli

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

type peopleCmd struct {
	Find     findPeopleCmd     `cmd:"" help:"Find people by telephone number, e-mail address or your own reference, masked. It is recorded."`
	Reveal   revealCmd         `cmd:"" help:"Show the personal data of a complaint in the clear. It is recorded."`
	Export   exportPersonCmd   `cmd:"" help:"Ask for everything that is kept of a person; approve it as a second person; fetch it."`
	Erase    erasePersonCmd    `cmd:"" help:"Ask that a person is erased; approve it as a second person: that cannot be undone."`
	Requests peopleRequestsCmd `cmd:"" help:"List requests for exports and erasures, the newest first."`
	Reject   rejectRequestCmd  `cmd:"" help:"Reject a request for an export or erasure, or take it back."`
	Erasures erasuresCmd       `cmd:"" help:"List who was erased, keep that outside the database, replay it after a restore."`
}

type findPeopleCmd struct {
	Phone     string `help:"Telephone number, in any usual spelling; @FILE reads it from a file." type:"text" xor:"key" required:""`
	Email     string `help:"E-mail address." type:"text" xor:"key" required:""`
	Reference string `help:"Your own reference for the person, as registered with --customer-reference." xor:"key" required:""`
}

// Run lists who was found with their complaints.
func (c findPeopleCmd) Run(e *env) error {
	req := &intakev1.FindSubjectsRequest{Key: &intakev1.FindSubjectsRequest_Phone{Phone: c.Phone}}
	switch {
	case c.Email != "":
		req.Key = &intakev1.FindSubjectsRequest_Email{Email: c.Email}
	case c.Reference != "":
		req.Key = &intakev1.FindSubjectsRequest_CustomerReference{CustomerReference: c.Reference}
	}
	api, err := client(e, e.conn.Intake, intakev1.NewPeopleServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.FindSubjects(e.ctx, req)
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		var rows [][]string
		for _, s := range resp.GetSubjects() {
			for _, x := range s.GetComplaints() {
				rows = append(rows, []string{s.GetSubjectId(), x.GetComplainant().GetName(), x.GetComplainant().GetPhone(), x.GetNumber(),
					x.GetEdition().GetProcedure(), at(x.GetReceiveTime()), word(x.GetState(), "COMPLAINT_STATE_")})
			}
		}
		e.print.table("people with that", []string{"person", "name", "phone", "complaint", "procedure", "received", "state"}, rows)
		if resp.GetTruncated() {
			fmt.Fprintln(e.print.w, "There are more, older complaints.")
		}
	})
}

type revealCmd struct {
	Complaint string `arg:"" help:"Number or UUID of the complaint."`
	Purpose   string `help:"Why: answer, return_visit, site_visit, verification, settlement, form, legal_duty, subject_request or review." required:"" enum:"answer,return_visit,site_visit,verification,settlement,form,legal_duty,subject_request,review"`
}

// Help says who may.
func (revealCmd) Help() string {
	return `For who has open work on the complaint, an agent with a return visit due (--purpose return_visit), supervisors and privacy officers.
So often within an hour, and no more: INTAKE_REVEAL_QUOTA.

Example, on the suite that make run started, with the number of a complaint:
  redressctl people reveal MF-202603-000001 --purpose answer`
}

// Run shows the data.
func (c revealCmd) Run(e *env) error {
	api, id, err := about(e, c.Complaint, intakev1.NewIntakeServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.RevealPersonalData(e.ctx, &intakev1.RevealPersonalDataRequest{ComplaintId: id, Purpose: c.Purpose})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		who := resp.GetComplainant()
		e.print.pairs([2]string{"Name", who.GetName()}, [2]string{"Phone", who.GetPhone()}, [2]string{"Email", who.GetEmail()},
			[2]string{"Address", who.GetAddress()}, [2]string{"Your reference", who.GetCustomerReference()}, [2]string{"Content", resp.GetContent()})
		for _, key := range slices.Sorted(maps.Keys(resp.GetPersonalFields())) {
			e.print.pairs([2]string{key, resp.GetPersonalFields()[key]})
		}
		for _, id := range slices.Sorted(maps.Keys(resp.GetContactNotes())) { // ids rise with time
			e.print.pairs([2]string{"Said", resp.GetContactNotes()[id]})
		}
	})
}

// errTwoWays says that a command names what is asked for and what is decided at once.
var errTwoWays = errors.New("give the person to ask, or --approve with the request to decide: not both, and not neither")

type erasePersonCmd struct {
	Person  string `arg:"" optional:"" help:"UUID of the person (see: people find)."`
	Reason  string `help:"Why: subject_asked, retention_ended, consent_withdrawn, unlawful or authority_ordered." enum:"subject_asked,retention_ended,consent_withdrawn,unlawful,authority_ordered" default:"subject_asked"`
	Approve string `help:"Approve this request of somebody else (see: people requests)." placeholder:"REQUEST"`
}

// Help shows the two people's two commands.
func (erasePersonCmd) Help() string {
	return `Erasing destroys the person's key and all that is sealed under it; complaints and figures stay. While a complaint is open it is refused.

Example, as two people:
  redressctl people erase 0199a3c0-0000-7000-8000-000000000001 --reason subject_asked --token-file officer
  redressctl people erase --approve 0199a3c1-0000-7000-8000-000000000002 --token-file second-officer`
}

// Run asks or approves.
func (c erasePersonCmd) Run(e *env) error {
	if (c.Person == "") == (c.Approve == "") {
		return errTwoWays
	}
	api, err := client(e, e.conn.Intake, intakev1.NewPeopleServiceClient)
	if err != nil {
		return err
	}
	if c.Approve != "" {
		resp, err := api.ApproveErasure(e.ctx, &intakev1.ApproveErasureRequest{RequestId: uuid.NewString(), SubjectRequestId: c.Approve})
		if err != nil {
			return err
		}
		return e.print.answer(resp, func() {
			fmt.Fprintf(e.print.w, "Person %s is erased.\nKeep the ledger outside the database: redressctl people erasures --out FILE\n", resp.GetErasure().GetSubjectId())
		})
	}
	resp, err := api.RequestErasure(e.ctx, &intakev1.RequestErasureRequest{RequestId: uuid.NewString(), SubjectId: c.Person, Reason: reasonOf(c.Reason)})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() { e.print.asked("erase", resp.GetRequest()) })
}

func reasonOf(said string) intakev1.SubjectReason {
	return enum(said, "SUBJECT_REASON_", intakev1.SubjectReason_value, intakev1.SubjectReason(0))
}

// asked says what the second person does.
func (p printer) asked(command string, r *intakev1.SubjectRequest) {
	fmt.Fprintf(p.w, "Asked.\nSomebody else approves it: redressctl people %s --approve %s --token-file FILE\n", command, r.GetSubjectRequestId())
}

type peopleRequestsCmd struct {
	Person string `help:"Only of this person, by UUID."`
	State  string `help:"Only in this state: pending, approved or rejected." enum:",pending,approved,rejected" default:""`
	page
}

// Run lists one page.
func (c peopleRequestsCmd) Run(e *env) error {
	api, err := client(e, e.conn.Intake, intakev1.NewPeopleServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListSubjectRequests(e.ctx, &intakev1.ListSubjectRequestsRequest{
		SubjectId: c.Person, State: enum(c.State, "SUBJECT_REQUEST_STATE_", intakev1.SubjectRequestState_value, intakev1.SubjectRequestState(0)),
		PageSize: c.PageSize, PageToken: c.PageToken,
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		var rows [][]string
		for _, r := range resp.GetRequests() {
			rows = append(rows, []string{r.GetSubjectRequestId(), word(r.GetKind(), "SUBJECT_REQUEST_KIND_"), r.GetSubjectId(), word(r.GetReason(), "SUBJECT_REASON_"),
				word(r.GetState(), "SUBJECT_REQUEST_STATE_"), r.GetRequester(), at(r.GetRequestTime()), r.GetDecider(), at(r.GetDecideTime())})
		}
		e.print.table("requests", []string{"request", "for", "person", "why", "state", "asked by", "when", "decided by", "when"}, rows)
		e.print.more(resp.GetNextPageToken())
	})
}

type rejectRequestCmd struct {
	Request string `arg:"" help:"UUID of the request (see: people requests)."`
}

// Run rejects it.
func (c rejectRequestCmd) Run(e *env) error {
	api, err := client(e, e.conn.Intake, intakev1.NewPeopleServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.RejectSubjectRequest(e.ctx, &intakev1.RejectSubjectRequestRequest{RequestId: uuid.NewString(), SubjectRequestId: c.Request})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() { fmt.Fprintln(e.print.w, "Rejected.") })
}
