"""Delete old beats, deliveries, events, verdicts and texts of the inbox in small bites, but for what a read needs.

A beat is deleted with its actions when it is older than `Kept.beat_age` and not among the last `Kept.beats` of its
thread; a delivery likewise, among those of the workspace. What reads old rows, and what therefore stays:

==============================================  =====================================================================
read                                            what stays
==============================================  =====================================================================
`outset`, `beats.latest_memory`                 the newest beat of a thread with a memory: what its plan has done
                                                (`heartbeat.history`), its marks and tasks are in it
`outcomes.with_answers`                         beats that the newest memory waits for
`outcomes._last_look`                           of the old beats of a thread the last that looked, by its start
`outcomes._without_failed`, `done`,             beats with a failed action, for good: such an action is not proposed
`actions.done_lately`                           again however long ago it was, and is open again once
`declined`, `actions.cooling`, `used_up`,       beats with an action, and rejected ones, of the last `REMEMBERED`
`budget`                                        (a no counts 30 days, a cooldown lasts up to 30 days)
`beats.tokens_since`                            all beats of the last two days (the setting allows no less)
`slots`, `opening`                              the newest slot of a thread; its row remembers the slots of those
                                                that are deleted (`pruned`), none of which is due again
`slots.retries`, `unsettled`, `approvals`,      beats that run, wait for a person or for another try, or of which
`approval_threads`                              LangGraph's checkpoint is not cleared yet
`retry.pause_if_failing`                        the last `retry.FAILURES` scheduled beats of a thread
`labels.any_private`                            the newest beat that saw something private
`forgetting`, `forgotten.blank_forum`,          where there is or was a connection: beats whose text stands on the
`blank_messages`                                built-in forum or in a conversation, since it may have been made from
                                                the connection; while one is being forgotten, all beats
`inbox_views` (state ``told``)                  beats with an action about an item that is in the inbox
`outbox.answer._done_since`                     beats with an action that an earlier delivery with the same digest
                                                must not repeat
`notices.take`                                  events of the last day (`notices.TOO_OLD`) above its cursor
`outbox`, `notice_deliveries`                   beats with deliveries; deliveries that are not sent or failed, all of
                                                an action as long as one of them stays, and all of the last
                                                `REMEMBERED` (the setting allows no less)
==============================================  =====================================================================

The rest is shown without what is gone: history and statistics of days end where the rows do, an event, a standing
approval or a link that names a deleted beat leads to one sentence. A beat's number is never given again, and with it
no key of an action. Votes, comments and posts of the built-in forum are rows of their own and are never deleted, nor
are the items of the inbox that their source shows.

Each bite finds its rows in a reading transaction, and deletes them by their ids in a short writing one, which checks
again what may have changed since. So a process that is killed leaves nothing half done.
"""

from heartbeat.store.retention.bites import LONGEST, Bite, BiteSize
from heartbeat.store.retention.kept import REMEMBERED, Kept, Rows
from heartbeat.store.retention.passing import bites

__all__ = ["LONGEST", "REMEMBERED", "Bite", "BiteSize", "Kept", "Rows", "bites"]
