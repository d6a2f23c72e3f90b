/** A host of the subnet that answers every request as it came. */
import { isResponse, METHOD, R_BIT } from "../mad.ts"
import { same } from "../renaming.ts"
import type { Respondent } from "./served-system.ts"

/** Answers every request, whatever it asks, and holds nothing. */
export const answeringPeer: Respondent<null> = {
  initial: null,
  replies: (known, request) => [{
    label: "is answered", known,
    answer: isResponse(request) ? null : {
      ...request, method: request.method === METHOD.SET ? METHOD.GET_RESP : request.method | R_BIT
    }
  }],
  disagreements: () => [],
  rename: same
}
