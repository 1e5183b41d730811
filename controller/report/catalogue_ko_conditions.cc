// Korean for what nodes say of themselves (agents/common/role/condition_sentences.h) and for what
// faults do (controller/fault/effects.h).
#include <array>

#include "controller/report/sentences.h"

namespace hoplab::report {
namespace {

// clang-format off
constexpr auto kKorean = std::to_array<Sentence>({
    {"condition.no_route_yet", "{prefix}[으로/로] 가는 경로가 아직 없다"},
    {"condition.route_discards", "{prefix}[으로/로] 가는 경로가 패킷을 버린다"},
    {"condition.no_hello", "{interface}에서 {peer}[과/와]의 {protocol}: 헬로를 듣지 못했다"},
    {"condition.adjacency", "{interface}에서 {peer}[과/와]의 {protocol}: {state}"},
    {"condition.session", "{peer}[과/와]의 {protocol}: {state}"},
    {"condition.session_untold", "{peer}[과/와]의 {protocol}: 아직 아무것도 알리지 않았다"},
    {"condition.session_unheard", "{peer}[과/와]의 {protocol}: 아직 아무것도 듣지 못했다"},
    {"condition.session_shut", "{peer}[과/와]의 {protocol}: 관리자가 내려 둠 (Idle, Admin)"},
    {"condition.session_unknown", "{peer}[과/와]의 {protocol}: 설정되어 있지 않다"},
    {"condition.session_silent", "{peer}[과/와]의 {protocol}: {seconds}초째 말이 없고, {hold}초가 되면 홀드 타이머가 끝낸다"},
    {"condition.sessions_unread", "{peer}[과/와]의 {protocol}: 데몬이 대답하지 않는다"},
    {"condition.daemon_silent", "{daemon}[이/가] 대답하지 않는다"},
    {"condition.sockets_closed", "{daemon}[이/가] LAN의 소켓을 아직 열지 못했다"},
    {"condition.page_status", "자기 페이지가 {status}[으로/로] 답한다"},
    {"condition.zone_rcode", "존 {zone}[이/가] {rcode}[으로/로] 답한다"},
    {"condition.zone_no_authority", "존 {zone}[이/가] 권한 없이 답한다"},
    {"condition.servfail_to_all", "모든 질문에 SERVFAIL로 답한다"},
    {"condition.rules_gone", "{rules}의 테이블이 사라졌다"},
    {"condition.advertises_nothing", "{daemon}[이/가] {interface}에서 아직 아무것도 광고하지 않았다"},
    {"condition.port_not_forwarding", "포트 {port}[이/가] 전달하지 않는다: {state}"},
});

constexpr auto kFaults = std::to_array<Sentence>({
    {"fault.described", "{place}의 {kind}: {effect}"},
    {"fault.link_down", "인터페이스가 내려가 있다"},
    {"fault.link_loss", "나가는 프레임의 {percent} %가 사라진다"},
    {"fault.link_loss_seeded", "나가는 프레임의 {percent} %가 사라진다 (시드 {seed})"},
    {"fault.link_delay", "나가는 프레임이 {delay} 동안 붙잡힌다"},
    {"fault.link_delay_jitter", "나가는 프레임이 {delay} ± {jitter} 동안 붙잡힌다"},
    {"fault.node_stopped", "컨테이너가 멈춰 있다"},
    {"fault.daemon_killed", "{daemon}[이/가] 죽은 채로 있다"},
    {"fault.main_daemon_killed", "주된 데몬이 죽은 채로 있다"},
    {"fault.dns_servfail", "{zone}에 대한 질문에 SERVFAIL로 답한다"},
    {"fault.dns_servfail_all", "모든 질문에 SERVFAIL로 답한다"},
    {"fault.bgp_down", "{peer}[과/와]의 BGP 세션이 내려가 있다"},
    {"fault.bgp_down_all", "{peer}[과/와]의 모든 BGP 세션이 내려가 있다"},
    {"fault.web_status", "모든 요청에 {status}[으로/로] 답한다"},
    {"fault.no_kind", "종류가 정해지지 않았다"},
});
// clang-format on

}  // namespace

std::span<const Sentence> korean_fault_sentences() { return kFaults; }

std::span<const Sentence> korean_condition_sentences() { return kKorean; }

}  // namespace hoplab::report
