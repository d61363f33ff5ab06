/** Short names for the types of the API. */
import type { components } from "./schema";

type Schemas = components["schemas"];

/** The enums of heartbeat/vocabulary.py. A newer service may send other values. */
export type BeatStatus = Schemas["BeatStatus"];
export type Reason = Schemas["Reason"];
export type NodeName = Schemas["Node"];
export type EventKind = Schemas["EventKind"];

export type Beat = Schemas["BeatView"];
export type BeatDetail = Schemas["FullBeat"];
export type Figures = Schemas["Figures"];
export type Bucket = Schemas["Bucket"];
export type Stats = Schemas["Stats"];
export type Status = Schemas["Status"];
export type Session = Schemas["Session"];
export type Thread = Schemas["ThreadView"];
export type NewThread = Schemas["NewThread"];
export type RecentBeat = Schemas["RecentBeat"];
export type Config = Schemas["Config"];
export type Defaults = Schemas["Defaults"];
export type ThreadConfig = Schemas["ThreadConfig"];
export type Message = Schemas["MessageView"];
export type ThreadPage = Schemas["Page_ThreadView_"];
export type History = Schemas["History"];
export type Edit = Schemas["Edit"];
export type Approval = Schemas["ApprovalView"];
export type AnswerOrigin = Schemas["AnswerOrigin"];
export type StandingApproval = Schemas["StandingView"];
export type StandingEnd = Schemas["StandingEnd"];
export type Action = Schemas["ActionView"];
export type Post = Schemas["PostView"];
export type Comment = Schemas["CommentView"];
export type CommentPage = Schemas["Page_CommentView_"];
export type NewBoard = Schemas["NewBoard"];
export type NewPost = Schemas["NewPost"];
export type NewComment = Schemas["NewComment"];
export type NewVote = Schemas["NewVote"];
export type Checked = Schemas["Checked"];
/** What the service always sends, also where it has a default. */
export type Plan = Omit<Schemas["PlanView"], "reading" | "follows" | "said"> & {
  said: readonly PlanSaid[];
  reading: Required<Schemas["ReadingView"]>;
  follows: Required<Schemas["FollowsView"]>;
};
export type PlanRule = Schemas["RuleView"];
export type PlanSaid = Required<Schemas["SaidView"]>;
export type PlanUntil = Schemas["Until"];
export type PlanNow = Required<Schemas["NowView"]>;
export type PlanQuiet = Schemas["QuietView"];
export type PlanProblem = Schemas["ProblemView"];
export type PlanRuleBody = Schemas["PlacedBody"];
export type PlanBody = Schemas["Correct"];
export type PlanWhenKind = Schemas["WhenKind"];
export type PlanAbout = Schemas["About"];
export type PlanCounts = Schemas["Counts"];
export type PlanLimit = Schemas["Limit"];
export type PlanRole = Schemas["LineRole"];
export type Drawing = Schemas["Drawing"];
export type Connection = Schemas["ConnectionView"];
export type ConnectionState = Schemas["ConnectionState"];
export type NewConnection = Schemas["NewConnection"];
export type Reach = Schemas["Reach"];
export type Trial = Schemas["TrialResult"];
export type Delivery = Schemas["DeliveryView"];
export type DeliveryStatus = Schemas["DeliveryStatus"];
export type DeliveryReason = Schemas["DeliveryReason"];
export type DeliveryAnswer = Schemas["DeliveryAnswer"];
export type Try = Schemas["TryView"];
export type TryEnd = Schemas["TryEnd"];
export type ActionStatus = Schemas["ActionStatus"];
export type Told = Schemas["ToldView"];
export type FeedKind = Schemas["FeedKind"];
export type ItemState = Schemas["ItemState"];
export type Looked = Schemas["LookResult"];
export type InboxItem = Schemas["ItemView"];
/** What a kind of connection asks for, and one of its keys. */
export type Kind = Schemas["KindView"];
export type Key = Schemas["KeyView"];
