//! One suite of what clients may rely on, run against this project's broker and against Apache Kafka.
//!
//! A case is a function of the server it is given and is written once; the table below makes two tests of it,
//! `apache::…` and `ours::…`. A case that holds on Apache Kafka is what the protocol means in practice: ours follows.
//! Where the two differ on purpose, the case calls [`served::Served::differs`] with the reason in words and both
//! values, and asserts each on its own server. Anything else that differs is a defect of ours.
//!
//! Clients: one that speaks by hand ([`wire`]), librdkafka 2, Debian's kcat on an old librdkafka, and the
//! OpenTelemetry Collector with a library of its own.
//! Deliberately absent: crashes, faults of the disk, and speed, which have tests of their own.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod batches;
mod calls;
mod fetch;
mod idempotence;
mod produce;
mod served;
mod wire;

macro_rules! cases {
    ($($module:ident { $($case:ident)* })*) => {
        mod apache {
            $(mod $module {
                $(#[test]
                fn $case() {
                    crate::$module::$case(&crate::served::Served::apache());
                })*
            })*
        }
    };
}

cases! {
    produce {
        the_first_batch_has_offset_zero_and_the_next_follows
        keys_headers_times_and_nulls_come_back
        one_request_writes_several_topics_and_partitions
        one_bad_partition_does_not_harm_the_others
        acks_of_one_wait_for_the_append
        acks_of_zero_have_no_answer
        acks_of_two_are_refused
        an_unknown_topic_is_not_written_and_not_made
        a_wrong_sum_is_corrupt
        a_flipped_bit_is_corrupt
        a_cut_batch_is_refused
        a_length_that_is_too_small_is_corrupt
        an_old_magic_is_refused
        a_magic_of_the_future_is_corrupt
        two_batches_for_one_partition_are_refused
        nothing_to_write_is_refused
        a_count_that_differs_from_the_offsets_is_refused
        a_control_batch_is_refused
        a_transactional_batch_is_refused
        questions_in_a_row_are_answered_in_order
        writers_of_one_partition_leave_no_gap
    }
    idempotence {
        every_producer_has_an_id_of_its_own
        batches_in_order_are_appended
        a_retry_is_answered_with_the_first_offset
        each_of_the_last_five_batches_can_be_retried
        an_older_batch_is_not_appended_again
        a_gap_is_refused
        a_retry_of_another_length_is_refused
        a_producer_nobody_knows_begins_anywhere
        an_older_epoch_is_fenced
        a_newer_epoch_begins_at_zero
        sequence_numbers_go_on_at_zero_after_the_largest
        one_batch_spans_the_largest_sequence_number
        producers_do_not_disturb_each_other
        every_partition_counts_on_its_own
        a_transactional_id_is_refused
    }
    fetch {
        the_end_has_nothing_and_says_where_it_is
        all_batches_come_in_order
        an_offset_inside_a_batch_brings_the_whole_batch
        beyond_the_end_is_out_of_range
        before_the_start_is_out_of_range
        an_unknown_topic_is_said_at_once_beside_one_that_is_read
        a_limit_smaller_than_a_batch_brings_one_batch
        a_partition_brings_no_more_than_its_share
        all_partitions_together_bring_no_more_than_the_limit
        an_append_wakes_whoever_waits
        an_append_to_any_partition_wakes
        a_wait_in_vain_ends
        fewer_bytes_than_wanted_are_waited_for
        zero_wanted_bytes_are_not_waited_for
        who_waits_holds_up_only_its_own_connection
        a_topic_that_is_deleted_ends_the_wait
        committed_only_is_as_everything
        a_leader_of_the_future_is_unknown
        a_session_that_nobody_has_is_not_found
        a_session_may_be_asked_for
    }
}
