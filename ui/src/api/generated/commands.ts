import type { DetailRequest } from "./DetailRequest";
import type { EventDetail } from "./EventDetail";
import type { Histogram } from "./Histogram";
import type { HistogramRequest } from "./HistogramRequest";
import type { Overview } from "./Overview";
import type { OverviewRequest } from "./OverviewRequest";
import type { ProbeReply } from "./ProbeReply";
import type { ProbeRequest } from "./ProbeRequest";
import type { QueryCheck } from "./QueryCheck";
import type { QueryField } from "./QueryField";
import type { SampleReply } from "./SampleReply";
import type { SearchReply } from "./SearchReply";
import type { SearchRequest } from "./SearchRequest";
import type { Settings } from "./Settings";
import type { SetupLocal } from "./SetupLocal";
import type { SignIn } from "./SignIn";
import type { Status } from "./Status";

export type Commands = {
  status: { request: null, reply: Status },
  setup_local: { request: SetupLocal, reply: Status },
  probe: { request: ProbeRequest, reply: ProbeReply },
  sign_in: { request: SignIn, reply: Status },
  sign_out: { request: null, reply: Status },
  load_sample: { request: null, reply: SampleReply },
  sync_now: { request: null, reply: Status },
  verify_now: { request: null, reply: Status },
  overview: { request: OverviewRequest, reply: Overview },
  events_search: { request: SearchRequest, reply: SearchReply },
  events_histogram: { request: HistogramRequest, reply: Histogram },
  event_detail: { request: DetailRequest, reply: EventDetail },
  query_check: { request: QueryCheck, reply: null },
  query_fields: { request: null, reply: QueryField[] },
  settings_get: { request: null, reply: Settings },
  settings_set: { request: Settings, reply: Settings },
};
