import { usedIn } from "@chatee/shared/failure";
import type { Failure, SignInProblem } from "@chatee/shared/failure";

const signInProblems: Record<SignInProblem, string> = {
  denied: "对方拒绝了登录。",
  not_offered: "服务器没有说明在哪里登录。",
  untrusted: "服务器关于登录的说明自相矛盾。",
  unsafe: "服务器没有提供安全的登录方式。",
  address_refused: "服务器给出了 chatee 不会连接的地址。",
  unreachable: "授权服务器没有响应。",
  bad_answer: "授权服务器的应答无法读取。",
  client_needed: "授权服务器要求客户端 ID。",
  client_refused: "授权服务器不接受 chatee。",
  wrong_issuer: "应答并非来自所询问的授权服务器。",
  grant_refused: "授权服务器不接受（或不再接受）此次登录。",
  busy: "授权服务器要求稍后再试。",
};

/** `failureMessage` in Chinese. What a provider or a server said itself stays in its own language. */
export function chineseFailure(failure: Failure): string {
  switch (failure.code) {
    case "input.invalid":
      return failure.issues.map(({ path, message }) => (path ? `${path}：${message}` : message)).join("；");
    case "input.too_large":
      return `请求超过了 ${failure.maxBytes} 字节。`;
    case "cursor.invalid":
      return "这不是本服务器给出的游标。";
    case "page.not_found":
      return "这里什么也没有。";
    case "auth.required":
      return "请先登录：打开 chatee 启动时打印的链接。";
    case "auth.forbidden":
      return `不允许这样做：${failure.reason}`;
    case "auth.too_many_attempts":
      return `错误的令牌过多，请在 ${Math.ceil(failure.retryAfterMs / 1000)} 秒后重试。`;
    case "session.not_found":
      return `没有会话 ${failure.sessionId}。`;
    case "session.exists":
      return `会话 ${failure.sessionId} 已存在。`;
    case "session.busy":
      return "此会话正在书写回答。请先停止或等待。";
    case "session.nothing_to_summarize":
      return "此会话没有新的内容可以总结。";
    case "message.not_found":
      return `没有消息 ${failure.messageId}。`;
    case "message.exists":
      return `消息 ID ${failure.messageId} 已被其他会话使用。`;
    case "message.not_streaming":
      return "这条消息并未在书写中。";
    case "message.wrong_role":
      return `不能对角色为 ${failure.role} 的消息这样做。`;
    case "message.not_continuable":
      return `状态为 ${failure.status} 的消息不能继续。`;
    case "message.has_no_component":
      return "这条消息不含可以执行的组件。";
    case "execution.not_found":
      return "这条消息从未执行过。";
    case "run.not_found":
      return `没有运行 ${failure.runId}。`;
    case "run.fenced":
      return "此运行已被接管或已结束。";
    case "run.internal_error":
      return `这里出了问题，日志中的编号为 ${failure.errorId}。`;
    case "run.budget_exceeded":
      return `运行达到了上限：${failure.limit}。`;
    case "tool.unavailable":
      return `工具 ${failure.name} 不可用。`;
    case "llm.config_not_found":
      return `没有模型配置 ${failure.configId}。`;
    case "llm.config_exists":
      return `模型配置 ${failure.configId} 已存在。`;
    case "llm.config_disabled":
      return "此模型配置已停用。";
    case "llm.no_config":
      return "尚未配置模型。请在设置中添加，或选择内置的演示模型。";
    case "llm.wrong_key":
      return `${failure.provider} 拒绝了 API 密钥。`;
    case "llm.key_needed":
      return `已保存的密钥只用于 ${failure.host} 的 ${failure.provider}，不会发送到别处。请为新地址填写密钥，或移除已保存的密钥。`;
    case "llm.no_such_model":
      return `${failure.provider} 没有名为 ${failure.model} 的模型。`;
    case "llm.unreachable":
      return `无法访问 ${failure.host}。`;
    case "llm.address_refused":
      return failure.reason === "redirected"
        ? `${failure.host} 将请求转到了另一个地址，请直接使用该地址。`
        : `${failure.host} 指向 chatee 不会连接的地址。如果它在您自己的网络中，请使用其 IP 地址，或将其列入 mcp.allow_addresses。`;
    case "llm.rate_limited":
      return `${failure.provider} 要求放慢速度。`;
    case "llm.overloaded":
      return `${failure.provider} 目前过载。`;
    case "llm.quota_exhausted":
      return `${failure.provider} 账户已没有额度。`;
    case "llm.context_too_long":
      return "对话超出了该模型能读取的长度。";
    case "llm.refused_request":
      return `${failure.provider} 拒绝了请求：${failure.detail}`;
    case "llm.bad_response":
      return `${failure.provider} 的应答无法读取：${failure.detail}`;
    case "llm.stalled":
      return `${failure.provider} 已有 ${Math.round(failure.afterMs / 1000)} 秒没有发送任何内容。`;
    case "secret.unreadable":
      return "保存的密钥无法用本安装的密钥解密，请重新填写。";
    case "file.not_found":
      return `没有文件 ${failure.fileId}。`;
    case "file.in_use":
      return `以下会话中的消息引用了此文件：${usedIn(failure.uses, "、")}。`;
    case "file.no_thumbnail":
      return `文件 ${failure.fileId} 不是可以缩小的图片。`;
    case "workflow.not_found":
      return `没有工作流 ${failure.workflowId}。`;
    case "workflow.exists":
      return `工作流 ${failure.workflowId} 已存在。`;
    case "roundtable.not_found":
      return `没有圆桌 ${failure.roundTableId}。`;
    case "roundtable.exists":
      return `圆桌 ${failure.roundTableId} 已存在。`;
    case "participant.not_found":
      return "该会话不在此圆桌中。";
    case "participant.exists":
      return "该会话已在此圆桌中。";
    case "roundtable.message_not_found":
      return `没有圆桌消息 ${failure.messageId}。`;
    case "roundtable.response_not_found":
      return `没有回应 ${failure.responseId}。`;
    case "mcp.server_not_found":
      return `没有 MCP 服务器 ${failure.serverId}。`;
    case "mcp.server_exists":
      return `MCP 服务器 ${failure.serverId} 已存在。`;
    case "mcp.server_disabled":
      return "此 MCP 服务器已停用。";
    case "mcp.not_approved":
      return "此 MCP 服务器是本地程序，其当前配置尚未获得批准。";
    case "mcp.approval_outdated":
      return "程序在显示之后有改动。批准之前请再看一遍。";
    case "mcp.needs_sign_in":
      return "此 MCP 服务器要求您先登录。";
    case "mcp.headers_needed":
      return failure.host === null
        ? `已保存的 ${failure.names.join("、")} 的值不属于任何地址。请为新地址重新填写，或移除这些请求头。`
        : `已保存的 ${failure.names.join("、")} 的值只用于 ${failure.host}，不会发送到别处。请为新地址重新填写，或移除这些请求头。`;
    case "mcp.sign_in_failed":
      return `登录失败。${signInProblems[failure.reason]}`;
    case "mcp.sign_in_invalid":
      return "此登录不是由您发起的，或已超过十分钟。请重新开始。";
    case "mcp.client_needed":
      return `${failure.issuer} 不接受自动注册。请在那里注册 chatee（重定向地址 ${failure.redirectUri}）并填写客户端 ID。`;
    case "mcp.tool_not_found":
      return `MCP 服务器没有工具 ${failure.name}。`;
    case "mcp.tool_changed":
      return `工具 ${failure.name} 在显示之后有改动。允许之前请再看一遍。`;
    case "mcp.address_refused":
      return `${failure.host} 是 chatee 不会连接的地址。`;
    case "mcp.unreachable":
      return `无法访问 ${failure.host}（${failure.reason}）。`;
    case "mcp.timed_out":
      return `MCP 服务器在 ${Math.round(failure.afterMs / 1000)} 秒内没有应答。`;
    case "mcp.rate_limited":
      return "MCP 服务器要求放慢速度。";
    case "mcp.refused_request":
      return `MCP 服务器拒绝了请求：${failure.detail}`;
    case "mcp.bad_response":
      return `MCP 服务器的应答无法读取：${failure.detail}`;
    case "mcp.start_failed":
      return `无法启动该程序（${failure.reason}）。`;
    case "mcp.ended":
      return `与 MCP 服务器的连接已结束：${failure.reason}。`;
    case "mcp.outcome_unknown":
      return "调用期间连接中断，不知道是否已生效。";
    case "mcp.busy":
      return "目前无法询问该 MCP 服务器，请稍后再试。";
    case "interaction.not_found":
      return `没有问题 ${failure.interactionId}。`;
    case "interaction.closed":
      return failure.status === "answered" ? "这个问题已经回答过了。" : "已经没有人在等待这个问题的回答。";
    case "feature.unavailable":
      return `本服务器不提供 ${failure.feature}。`;
  }
}
