// Package cli is what redressctl does: each command is a struct whose fields are its flags and whose Run makes the calls.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const description = `Redress runs a company's complaint procedure. This is its command line.

A complaint is registered (complaints register), becomes work for posts (work list, work complete), runs under time limits
(clocks), is followed by a return visit (visits list, visits record) and ends in figures (report). "complaints show" tells its
whole story, "clocks explain" how its due times come about.

Without flags it talks to the suite that "make run" started on this machine.`

// grammar is the tree of commands.
type grammar struct {
	Connection

	Complaints complaintsCmd `cmd:"" help:"Register, list and show complaints."`
	Contacts   contactsCmd   `cmd:"" help:"Record conversations with complainants."`
	Evidence   evidenceCmd   `cmd:"" help:"Keep photographs, recordings and papers with complaints."`
	People     peopleCmd     `cmd:"" help:"Find the people behind complaints; show, export and erase what is kept of them."`
	Work       workCmd       `cmd:"" help:"List and complete the work that complaints open for posts."`
	Clocks     clocksCmd     `cmd:"" help:"Show time limits, explain their due times, agree others, try what others would have done."`
	Visits     visitsCmd     `cmd:"" help:"List and record return visits."`
	Actions    actionsCmd    `cmd:"" help:"List, open and cancel what complaints lead to: corrective action, improvements, orders."`
	Charges    chargesCmd    `cmd:"" help:"List what parties bear: compensation, deductions, penalties, fees."`
	Report     reportCmd     `cmd:"" help:"Add up a procedure's figures, by month, channel or field; list and show its reports."`
	Score      scoreCmd      `cmd:"" help:"Fill in scorecards and show their points."`
	Procedure  procedureCmd  `cmd:"" help:"Verify, draw, try out, publish, compare and migrate procedures."`
	Duties     dutiesCmd     `cmd:"" help:"Show and change who sits in which post."`
	Calendar   calendarCmd   `cmd:"" help:"Show and import holidays; check the calendar engine against files of known answers."`
	Events     eventsCmd     `cmd:"" help:"Look after the event backbone: heads, cursors, parked events."`
}

// env is what commands are given.
type env struct {
	ctx   context.Context //nolint:containedctx // kong binds values, and Run methods take them as arguments
	conn  *Connection
	print printer
	errs  io.Writer // what is no part of the answer: progress
}

// Main runs the command line and returns its exit code: 0 done, 1 refused or failed, 2 not understood.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var g grammar
	code := -1
	parser, err := kong.New(&g, kong.Name("redressctl"), kong.Description(description), kong.NamedMapper("text", kong.MapperFunc(decodeText)),
		kong.Writers(stdout, stderr), kong.Exit(func(c int) { code = c }), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}))
	if err != nil {
		fmt.Fprintln(stderr, err) // a mistake in the grammar
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	for i, arg := range args { // the parser would put U+FFFD for what it cannot read
		if !utf8.ValidString(arg) {
			fmt.Fprintf(stderr, "redressctl: argument %d, %q, is not UTF-8; set the terminal to UTF-8\n", i+1, arg)
			return 2
		}
	}
	parsed, err := parser.Parse(args)
	if code >= 0 {
		return code // --help printed what was asked for
	}
	if err != nil {
		says := strings.Replace(err.Error(), `one of "",`, `one of `, 1) // that a flag may be left out is no value to choose
		fmt.Fprintf(stderr, "redressctl: %s\nTry: %s --help\n", says, command(err))
		return 2
	}
	defer g.close()
	if err := parsed.Run(&env{ctx, &g.Connection, printer{stdout, g.Output}, stderr}); err != nil {
		fmt.Fprintln(stderr, explain(err))
		if errors.As(err, new(unsoundError)) {
			return 2
		}
		return 1
	}
	return 0
}

// unsoundError says that what the caller handed over cannot be used: nothing was done.
type unsoundError struct{ error }

// Unwrap returns why.
func (e unsoundError) Unwrap() error { return e.error }

// command returns the words of the command that was not understood, as far as they named one.
func command(err error) string {
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context.Selected() != nil {
		return wrong.Context.Selected().FullPath()
	}
	return "redressctl"
}

// explain returns an error as a person at the terminal needs it: what is wrong, where, and what to do. A service's refusal is told in its own
// words, within what the command says around it.
func explain(err error) string {
	var refused interface {
		error
		GRPCStatus() *status.Status
	}
	if !errors.As(err, &refused) {
		return "redressctl: " + err.Error()
	}
	st := refused.GRPCStatus()
	var b strings.Builder
	fmt.Fprintf(&b, "redressctl: %s", strings.Replace(err.Error(), refused.Error(), st.Message(), 1))
	for _, d := range st.Details() {
		bad, ok := d.(*errdetails.BadRequest)
		if !ok || len(bad.GetFieldViolations()) == 1 && strings.Contains(st.Message(), bad.GetFieldViolations()[0].GetDescription()) {
			continue // the message has said it
		}
		for _, v := range bad.GetFieldViolations() {
			b.WriteString("\n  " + violation(v))
		}
	}
	if strings.Contains(b.String(), ", not a code") {
		b.WriteString("\nWhat is no code is written --field KEY=number:3, KEY=flag:yes or KEY=time:2026-03-06T10:00:00+08:00")
	}
	switch st.Code() {
	case codes.Unavailable:
		b.WriteString("\nIs the suite running? Start it with make run, or say where it is: --intake, --routing and so on")
	case codes.Unimplemented:
		b.WriteString("\nDoes another service listen at that address? See redressctl --help, connection")
	case codes.Unauthenticated:
		b.WriteString("\nGive a token with --token-file or REDRESS_TOKEN_FILE; make run writes one to .run/standalone/token")
	default: // the service's own words say it
	}
	return b.String()
}

// violation returns what is wrong with a field, and which it is unless the words name it.
func violation(v *errdetails.BadRequest_FieldViolation) string {
	if strings.Contains(v.GetDescription(), v.GetField()) {
		return v.GetDescription()
	}
	return v.GetField() + ": " + v.GetDescription()
}
