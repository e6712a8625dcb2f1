package client_test

import (
	"errors"
	"net/http"
	"time"

	"officermobile/client"
	"officermobile/models"
)

// chapter is a part of the day, in a file of its own.
type chapter struct {
	file, title, about string
	live               func(*day)
}

// chapters are the day, in order: each begins where the one before ended.
var chapters = []chapter{
	{"1-first-sync.json", "First sync", "Amy signs in on a new phone, pulls all that is hers, and reports for duty.", firstSync},
	{"2-live.json", "Live", "The app is in the foreground. A dispatch is opened and assigned to Amy; an urgent message comes, is confirmed at once and acknowledged.", liveShift},
	{"3-dead-zone.json", "Dead zone", "In a basement Amy starts her task, writes and reads. On the way out the first answer is lost, so the phone asks again: everything was done once.", deadZone},
	{"4-conflict.json", "Conflict", "While Amy is offline the dispatcher takes the task from her and closes the dispatch. What she did meanwhile came too late, and the phone is told so in order, command by command.", conflict},
	{"5-removal.json", "Removal", "Amy is invited to a group, accepts and reads; then she is removed, and the phone erases the conversation.", removal},
	{"6-token-expired.json", "Access token expired", "A quarter of an hour later the access token has expired. The next request renews the session on the way; its answer is lost, and the former refresh token still works.", expired},
	{"7-wipe.json", "Wipe", "An administrator reports the phone lost. Whatever it still has to say is not heard; it is told to erase everything.", wiped},
}

func firstSync(d *day) {
	d.net.say("A wrong password. An unknown username is answered in the same way.")
	err := d.phone.SignIn(d.t.Context(), agency, "amy", "not her password")
	if p := (*client.Problem)(nil); !errors.As(err, &p) || p.Status != http.StatusUnauthorized {
		d.t.Fatalf("a wrong password: %v", err)
	}
	d.net.say("The phone minted device_id and device_key at its installation and keeps both. It is registered in the same round trip.")
	if err := d.phone.SignIn(d.t.Context(), agency, "amy", password); err != nil {
		d.t.Fatal(err)
	}
	d.mustSync("No token yet: a full pass. This one takes a single page, so it begins and ends here; the token is the phone's position from now on.")
	d.will(&models.ReportForDuty{Zone: north, Team: patrol, CallSign: "2A14"}, 0)
	d.mustSync("Amy reports for duty: the first command of lane 0. The page is computed after it and includes its effect, as done says: the zone's dispatches are hers to see now (reset: its rows follow).")
	d.mustSync("Nothing is new.")
}

func liveShift(d *day) {
	d.phone.SetState(models.Foreground)
	d.net.say("Before it opens a stream, the phone says that somebody looks at it.")
	stop := run(d.t, d.phone)
	d.later(3 * time.Second)
	d.others(dan, &models.DispatchCreate{ID: call, WorkZone: library, Facts: models.Facts{
		Priority: models.High, Location: "Library, north door", Description: "Alarm, glass break sensor", CallSource: "alarm company",
	}})
	d.later(5 * time.Second)
	d.others(dan, &models.TaskCreate{ID: callTask, DispatchID: call, Assignee: amy})
	d.later(5 * time.Second)
	urgent := id[models.MessageID](30)
	d.others(dan, &models.MessagePost{ConversationID: models.ConversationOf(call), ID: urgent, Text: "Second caller: two people inside.", Urgent: true})
	d.later(time.Second)
	d.will(&models.Acknowledge{MessageID: urgent}, 0)
	d.later(9 * time.Second) // not ten: then the phone wonders whether its stream is alive, in the same instant
	stop()
	d.phone.SetState(models.Background)
	d.mustSync("The app goes to the background: it closes the stream and says so at once, so that the next message rings.")
}

func deadZone(d *day) {
	d.later(time.Minute)
	room := models.ConversationOf(call)
	d.will(&models.TaskStart{TaskID: callTask}, d.rev(callTask))
	d.later(40 * time.Second)
	d.will(&models.TaskArrive{TaskID: callTask}, d.rev(callTask))
	d.will(&models.MessagePost{ConversationID: room, ID: client.Mint[models.MessageID](d.phone), Text: "At the north door. It is open."}, 0)
	d.will(&models.ReadUpTo{ConversationID: room, N: 2}, 0)
	d.others(dan, &models.MessagePost{ConversationID: room, ID: id[models.MessageID](31), Text: "Unit 12 is two minutes away."})
	d.later(25 * time.Minute)
	d.net.lose()
	if err := d.sync("Coverage again. Four commands in two lanes, numbered by the phone, in one request with the renewal of the session. Its answer is lost."); err == nil {
		d.t.Fatal("the answer was not lost")
	}
	d.later(2 * time.Second)
	d.mustSync("The same commands under the same numbers and ids: the recorded outcomes are answered, nothing is done twice. And the page.")
	d.mustSync("The position that the phone presents now confirms that it has everything.")
}

func conflict(d *day) {
	d.will(&models.TaskClear{TaskID: callTask, Disposition: "false alarm"}, d.rev(callTask))
	d.will(&models.MessagePost{ConversationID: models.ConversationOf(call), ID: client.Mint[models.MessageID](d.phone), Text: "All clear here."}, 0)
	d.others(dan,
		&models.TaskUnassign{TaskID: callTask},
		&models.TaskClear{TaskID: callTask, Disposition: "cancelled"},
		&models.DispatchClose{DispatchID: call})
	d.later(time.Minute)
	d.mustSync("The task has changed since the rev that Amy decided on: superseded. The conversation is closed: rejected. A refusal does not stop what comes behind it; the phone shows both to Amy.")
	d.will(&models.MessagePost{ConversationID: id[models.ConversationID](99), ID: client.Mint[models.MessageID](d.phone), Text: "?"}, 0)
	d.mustSync("A conversation that she is not in and one that does not exist are answered in the same way.")
}

func removal(d *day) {
	group := id[models.ConversationID](40)
	d.others(bob,
		&models.ConversationCreate{ID: group, Title: "Night shift", Invitees: []models.UserID{amy, dan}},
		&models.MessagePost{ConversationID: group, ID: id[models.MessageID](41), Text: "Before you came"})
	d.mustSync("An invitation, with what one needs to decide. The conversation itself is not Amy's to see yet.")
	for _, i := range must(d.phone.Invitations(d.t.Context()))(d.t) {
		d.will(&models.Accept{InvitationID: models.InvitationID(i.ID)}, 0)
	}
	d.mustSync("She accepts, and has the conversation from here on: row 4 is the first that is hers. There is no from_n, for nothing that she may read lies before it.")
	d.others(bob, &models.MessagePost{ConversationID: group, ID: id[models.MessageID](42), Text: "Coffee at four?"})
	d.mustSync("A message.")
	d.others(bob, &models.Remove{ConversationID: group, UserID: amy})
	d.mustSync("She was removed: drop. The phone erases every row of that scope.")
}

func expired(d *day) {
	d.later(15 * time.Minute)
	d.net.lose()
	if err := d.sync("The access token is over, which the phone knows by expires_in_s: it sends its refresh token along. The answer is lost, and with it the next pair of tokens."); err == nil {
		d.t.Fatal("the answer was not lost")
	}
	d.later(2 * time.Second)
	d.mustSync("The former refresh token works until one of its successors has been used, from the same device with the same key.")
}

func wiped(d *day) {
	d.will(&models.GoOffDuty{}, 0)
	d.others(adam, &models.DeviceRevoke{DeviceID: d.phone.ID(), Wipe: true})
	if err := d.sync("The device is revoked, and still proves that it is the one: 200 with the order to erase everything, the outbox too. No lanes, no page; the command was not done and is not kept."); !errors.Is(err, client.ErrWiped) {
		d.t.Fatalf("wiped: %v", err)
	}
}
