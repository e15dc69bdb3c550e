package cli

import (
	"fmt"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
)

type complaintsCmd struct {
	Register registerCmd `cmd:"" help:"Register a complaint."`
	Import   importCmd   `cmd:"" help:"Register the rows of a file, CSV or Excel, by a mapping of its columns."`
	List     listCmd     `cmd:"" help:"List complaints, the newest registration first."`
	Search   searchCmd   `cmd:"" help:"Find complaints by words, numbers, telephone numbers."`
	Watch    watchCmd    `cmd:"" help:"Tell how complaints stand, and every change as it happens."`
	Show     showCmd     `cmd:"" help:"Show one complaint: its facts, its clocks and everything that happened."`
	Amend    amendCmd    `cmd:"" help:"Correct or complete what was registered."`

	Amendments amendmentsCmd `cmd:"" help:"List who amended a complaint when, and what stood there before."`

	Withdraw withdrawCmd `cmd:"" help:"Record that the complainant has withdrawn."`
	Link     linkCmd     `cmd:"" help:"Link two complaints: the same matter, a repetition, a group."`
	Unlink   unlinkCmd   `cmd:"" help:"Take a complaint out of what it is linked with."`
	Links    linksCmd    `cmd:"" help:"List what a complaint is linked with."`
	Suggest  suggestCmd  `cmd:"" help:"List complaints that may repeat one or be about the same matter, with reasons."`
	Dismiss  dismissCmd  `cmd:"" help:"Set a suggestion aside, or take that back."`

	Form complaintFormCmd `cmd:"" help:"Show a form of a complaint as far as it is filled in, or write it as a page to print."`
}

type registerCmd struct {
	Procedure string            `arg:"" help:"Code of the procedure, for example manufacturing (see: procedure list)."`
	Channel   string            `help:"Channel it came by, for example hotline." required:""`
	Flow      string            `help:"Entry flow, where the procedure has several."`
	Name      string            `help:"The complainant's name." type:"text"`
	Phone     string            `help:"Telephone number." type:"text"`
	Email     string            `help:"E-mail address." type:"text"`
	Address   string            `help:"Postal address." type:"text"`
	Customer  string            `help:"Your own reference for the person, by which they are found again." name:"customer-reference"`
	Kind      string            `help:"Kind of complainant, for example end_user."`
	Content   string            `help:"The complainant's own words; @FILE reads them, as any personal value, from a file." type:"text"`
	Field     map[string]string `help:"A fact of the procedure: category=product_quality; number:3, flag:yes or time:2026-03-06T10:00:00Z where it is no code. Repeatable." placeholder:"KEY=VALUE" mapsep:"none"`
	Personal  map[string]string `help:"A further personal fact or free text that the procedure asks for. Repeatable." placeholder:"KEY=TEXT" mapsep:"none"`
	Received  string            `help:"When it was really received; default now." placeholder:"TIME"`
	Reference string            `help:"Your own reference."`
	RequestID string            `help:"UUID that makes the command safe to repeat; default a new one." placeholder:"UUID"`
}

// Help teaches by an example that works on the suite that make run started.
func (registerCmd) Help() string {
	return `Example:
  redressctl complaints register manufacturing --channel telephone --name 王小明 --phone 13800001234 \
      --content "柜门划伤" --field category=product_quality`
}

// Run registers the complaint.
func (c registerCmd) Run(e *env) error {
	received, err := timestamp("received", c.Received)
	if err != nil {
		return err
	}
	fields, err := values(c.Field)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Intake, intakev1.NewIntakeServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.RegisterComplaint(e.ctx, &intakev1.RegisterComplaintRequest{RequestId: orNew(c.RequestID), Draft: &intakev1.ComplaintDraft{
		Procedure: c.Procedure, Flow: c.Flow, Channel: c.Channel, ReceiveTime: received, Content: c.Content, Fields: fields,
		PersonalFields: c.Personal, ExternalReference: c.Reference,
		Complainant: &intakev1.Party{Kind: c.Kind, Name: c.Name, Phone: c.Phone, Email: c.Email, Address: c.Address, CustomerReference: c.Customer},
	}})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		fmt.Fprintf(e.print.w, "Registered %s.\nNext: redressctl complaints show %s\n", resp.GetComplaint().GetNumber(), resp.GetComplaint().GetNumber())
	})
}

// orNew returns a request id: the one given, or a new one.
func orNew(id string) string {
	if id != "" {
		return id
	}
	return uuid.NewString()
}

type page struct {
	PageSize  int32  `help:"Rows a page, at most 200." default:"50"`
	PageToken string `help:"Goes on where the last page ended." placeholder:"TOKEN"`
}

type showCmd struct {
	Complaint string `arg:"" help:"Number or UUID of the complaint."`
}

// Run shows a complaint from three services at once.
func (c showCmd) Run(e *env) error {
	found, err := find(e, c.Complaint)
	if err != nil {
		return err
	}
	id := found.GetComplaint().GetComplaintId()
	clocksAPI, err := client(e, e.conn.Slatimer, slatimerv1.NewSlatimerServiceClient)
	if err != nil {
		return err
	}
	timelineAPI, err := client(e, e.conn.Reporting, reportingv1.NewReportingServiceClient)
	if err != nil {
		return err
	}
	var clocks *slatimerv1.ListClocksResponse
	var timeline *reportingv1.GetTimelineResponse
	g, ctx := errgroup.WithContext(e.ctx)
	g.Go(func() (err error) {
		clocks, err = clocksAPI.ListClocks(ctx, &slatimerv1.ListClocksRequest{ComplaintId: id, PageSize: 200})
		return err
	})
	g.Go(func() (err error) {
		timeline, err = timelineAPI.GetTimeline(ctx, &reportingv1.GetTimelineRequest{ComplaintId: id})
		if status.Code(err) == codes.NotFound {
			return nil // registered a moment ago: its events are on the way
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	if e.print.format == "json" {
		return e.print.story(found, clocks, timeline)
	}
	e.print.complaint(found)
	e.print.heading("Clocks")
	e.print.clocksOfOne(clocks.GetClocks())
	e.print.heading("Timeline")
	e.print.timeline(timeline.GetEntries())
	return nil
}

// find gets a complaint by number or UUID.
func find(e *env, key string) (*intakev1.GetComplaintResponse, error) {
	api, err := client(e, e.conn.Intake, intakev1.NewIntakeServiceClient)
	if err != nil {
		return nil, err
	}
	req := &intakev1.GetComplaintRequest{Key: &intakev1.GetComplaintRequest_Number{Number: key}}
	if uuid.Validate(key) == nil {
		req.Key = &intakev1.GetComplaintRequest_ComplaintId{ComplaintId: key}
	}
	return api.GetComplaint(e.ctx, req)
}

// complaintID returns the UUID of a complaint named by number or UUID; "" stays "".
func complaintID(e *env, key string) (string, error) {
	if key == "" || uuid.Validate(key) == nil {
		return key, nil
	}
	found, err := find(e, key)
	return found.GetComplaint().GetComplaintId(), err
}

// about returns one of intake's clients, and the UUID of the complaint that a command is about.
func about[T any](e *env, key string, wrap func(grpc.ClientConnInterface) T) (api T, id string, err error) {
	if id, err = complaintID(e, key); err != nil {
		return api, "", err
	}
	api, err = client(e, e.conn.Intake, wrap)
	return api, id, err
}

type withdrawCmd struct {
	Complaint string `arg:"" help:"Number or UUID of the complaint."`
	At        string `help:"When it was withdrawn; default now." placeholder:"TIME"`
}

// Run records the withdrawal.
func (c withdrawCmd) Run(e *env) error {
	when, err := timestamp("at", c.At)
	if err != nil {
		return err
	}
	api, id, err := about(e, c.Complaint, intakev1.NewIntakeServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.WithdrawComplaint(e.ctx, &intakev1.WithdrawComplaintRequest{RequestId: uuid.NewString(), ComplaintId: id, OccurTime: when})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() { fmt.Fprintf(e.print.w, "%s is withdrawn.\n", resp.GetComplaint().GetNumber()) })
}

// complaint prints a complaint's facts and contacts.
func (p printer) complaint(r *intakev1.GetComplaintResponse) {
	c := r.GetComplaint()
	p.pairs([][2]string{
		{"Number", c.GetNumber()}, {"Id", c.GetComplaintId()}, {"State", word(c.GetState(), "COMPLAINT_STATE_")},
		{"Procedure", c.GetEdition().GetProcedure() + " " + c.GetEdition().GetEdition() + ", flow " + c.GetFlow()}, {"Channel", c.GetChannel()},
		{"Complainant", c.GetComplainant().GetName()}, {"Phone", c.GetComplainant().GetPhone()}, {"Email", c.GetComplainant().GetEmail()},
		{"Facts", facts(c.GetFields())}, {"Content", c.GetContent()}, {"Received", at(c.GetReceiveTime())}, {"Registered", at(c.GetRegisterTime())},
		{"Closed", at(c.GetCloseTime())}, {"Reference", c.GetExternalReference()},
	}...)
	for _, l := range r.GetLinks() {
		if l.GetComplaintId() != c.GetComplaintId() {
			p.pairs([2]string{"Linked", fmt.Sprintf("%s %s%s", word(l.GetKind(), "LINK_KIND_"), l.GetNumber(), which(l))})
		}
	}
	for _, contact := range r.GetContacts() {
		p.pairs([2]string{"Contact", fmt.Sprintf("%s %s by %s: %s %v", at(contact.GetOccurTime()), word(contact.GetDirection(), "CONTACT_DIRECTION_"),
			contact.GetMedium(), contact.GetPurpose(), contact.GetContent())})
	}
}
