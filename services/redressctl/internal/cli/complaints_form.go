package cli

import (
	"fmt"
	"os"
	"strings"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/formpage"
)

type complaintFormCmd struct {
	Complaint string `arg:"" help:"Number or UUID of the complaint."`
	Form      string `arg:"" help:"Key of the form in the procedure, for example slip."`
	Out       string `short:"f" help:"Write a page to print into this HTML file." placeholder:"FILE" type:"path"`
	Lang      string `help:"Language of the page." enum:"zh,en" default:"zh"`
	Reveal    string `help:"Fill in personal data; why: form, answer, settlement or another word of people reveal. It is recorded." placeholder:"PURPOSE"`
}

// Run shows the newest paper of a form, or writes it as a page.
func (c complaintFormCmd) Run(e *env) error {
	id, err := complaintID(e, c.Complaint)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Reporting, reportingv1.NewReportingServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.GetForm(e.ctx, &reportingv1.GetFormRequest{ComplaintId: id, Form: c.Form})
	if err != nil {
		return err
	}
	form := resp.GetForm()
	if c.Reveal != "" {
		intake, err := client(e, e.conn.Intake, intakev1.NewIntakeServiceClient)
		if err != nil {
			return err
		}
		personal, err := intake.RevealPersonalData(e.ctx, &intakev1.RevealPersonalDataRequest{ComplaintId: id, Purpose: c.Reveal})
		if err != nil {
			return err
		}
		fillIn(form, personal)
	}
	if c.Out != "" {
		page, err := formpage.Render(form, c.Lang)
		if err != nil {
			return err
		}
		write := func(file string, data []byte) error { return os.WriteFile(file, data, 0o600) }
		if c.Reveal != "" {
			write = writeSecret // a file that is there may be open to others
		}
		if err := write(c.Out, []byte(page)); err != nil {
			return err
		}
	}
	return e.print.answer(resp, func() {
		e.print.form(form)
		if c.Out != "" {
			fmt.Fprintf(e.print.w, "\nWritten to %s, to be opened in a browser and printed.\n", c.Out)
		}
	})
}

// fillIn puts personal data into the boxes that are kept for it.
func fillIn(form *reportingv1.Form, personal *intakev1.RevealPersonalDataResponse) {
	who := personal.GetComplainant()
	own := map[string]string{"name": who.GetName(), "phone": who.GetPhone(), "email": who.GetEmail(), "address": who.GetAddress(), "content": personal.GetContent()}
	if own["contact"] = who.GetPhone(); own["contact"] == "" {
		own["contact"] = who.GetEmail()
	}
	for _, s := range form.GetStages() {
		for _, item := range s.GetItems() {
			if !item.GetPersonal() {
				continue
			}
			key := strings.TrimPrefix(item.GetRef(), "fields.")
			text := personal.GetPersonalFields()[key]
			if text == "" {
				text = own[key]
			}
			if text == "" {
				text = "—" // nothing was given
			}
			item.Value = &procedurev1.Label{Zh: text, En: text}
		}
	}
}

// form prints a paper box by box.
func (p printer) form(form *reportingv1.Form) {
	stage := "complete"
	if form.GetStage() != "" {
		stage = form.GetStage()
	}
	p.pairs([2]string{"Form", labelled(form.GetName())}, [2]string{"Number", form.GetNumber()}, [2]string{"Begun", at(form.GetOpenTime())},
		[2]string{"Stage", stage}, [2]string{"Missing", strings.Join(form.GetMissing(), ", ")})
	for _, s := range form.GetStages() {
		p.heading(labelled(s.GetName()))
		var rows [][2]string
		for _, item := range s.GetItems() {
			value := labelled(item.GetValue())
			if value == "" && item.GetPersonal() {
				value = "(kept in intake; add --reveal PURPOSE)"
			}
			rows = append(rows, [2]string{labelled(item.GetName()), value})
		}
		p.pairs(rows...)
	}
	for _, s := range form.GetSignatures() {
		if s.GetSigner() != "" {
			fmt.Fprintf(p.w, "\n%s: %s %s %s\n", labelled(s.GetName()), labelled(s.GetOutcome()), s.GetSigner(), at(s.GetSignTime()))
		}
	}
}

// labelled returns a name in Chinese, or in English where it has no other.
func labelled(l *procedurev1.Label) string {
	if l.GetZh() != "" {
		return l.GetZh()
	}
	return l.GetEn()
}
