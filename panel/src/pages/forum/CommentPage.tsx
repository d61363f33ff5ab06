/** Redirects from a comment's id, which receipts contain, to the comment on the page of its post. */
import { Navigate, getRouteApi } from "@tanstack/react-router";

import { useComment } from "../../api/forum";
import { Loading } from "../../ui/Loading";
import { Page } from "../../ui/Page";
import { Problem } from "../../ui/Problem";

const route = getRouteApi("/shell/forum/comments/$commentId");

export function CommentPage() {
  const id = Number(route.useParams().commentId);
  const comment = useComment(id);
  if (comment.data !== undefined)
    return (
      <Navigate
        to="/forum/posts/$postId"
        params={{ postId: String(comment.data.post_id) }}
        search={{ comment: id }}
        replace
      />
    );
  return (
    <Page title={`Comment ${id}`}>
      {comment.error ? <Problem error={comment.error} again={() => void comment.refetch()} /> : <Loading />}
    </Page>
  );
}
