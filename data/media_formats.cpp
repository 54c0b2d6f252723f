#include "data/media_formats.h"

#include <algorithm>
#include <cctype>

namespace c3d {
namespace {

constexpr const char* kVideoFormats =
    // containers
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpegtsraw,mpeg,flv,live_flv,kux,asf,asf_o,ogg,rm,ivr,"
    "mxf,mxg,gxf,lxf,nut,nsv,nuv,wtv,ty,pva,pmp,dv,ivf,swf,vivo,vividas,viv,r3d,dhav,ifv,iv8,luodat,lvf,"
    "cine,ser,mods,moflex,mtv,mpjpeg,smjpeg,yuv4mpegpipe,"
    // containers of games
    "4xm,anm,bethsoftvid,bfi,bink,c93,cdxl,dsicin,dxa,ea,film_cpk,flic,gdv,hnm,idcin,ipmovie,iss,jv,lmlm4,mm,"
    "mv,mvi,paf,psxstr,rl2,roq,rpl,sga,siff,smk,smush,thp,tiertexseq,tmv,vmd,wc3movie,wsvqa,xmv,yop,"
    // bare streams
    "av1,avs,avs2,avs3,cavsvideo,dirac,dnxhd,evc,h261,h263,h264,hevc,ingenient,ipu,m4v,mjpeg,mjpeg_2000,"
    "mpegvideo,obu,simbiosis_imx,vc1,vc1test,vvc,"
    // pictures
    "apng,gif,ico,fits,jpegxl_anim,bmp_pipe,dds_pipe,dpx_pipe,exr_pipe,gif_pipe,hdr_pipe,j2k_pipe,jpeg_pipe,"
    "jpegls_pipe,jpegxl_pipe,pam_pipe,pbm_pipe,pcx_pipe,pfm_pipe,pgm_pipe,pgmyuv_pipe,phm_pipe,png_pipe,"
    "ppm_pipe,psd_pipe,qoi_pipe,sgi_pipe,sunrast_pipe,tiff_pipe,webp_pipe,xwd_pipe";

const AVInputFormat* probed(AVIOContext& bytes, const char* name, int& score) {
  const AVInputFormat* format = nullptr;
  score = av_probe_input_buffer2(&bytes, &format, name, nullptr, 0, 0);
  return format;
}

}  // namespace

bool is_video_format(const AVInputFormat& format) {
  return av_match_list(format.name, kVideoFormats, ',') > 0;
}

const char* video_formats() { return kVideoFormats; }

std::string name_for_ffmpeg(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  const bool ordinary = std::ranges::all_of(extension.substr(std::min<std::size_t>(1, extension.size())),
                                            [](unsigned char c) { return std::isalnum(c) != 0; });
  return "video" + (ordinary ? extension : "");
}

Probe probe_format(AVIOContext& bytes, const std::string& name) {
  int score = 0;
  const AVInputFormat* format = probed(bytes, name.c_str(), score);
  // image2 would open the picture by its name again; the bytes tell as much.
  if (format != nullptr && std::string(format->name) == "image2") format = probed(bytes, "video", score);
  return {format, std::min(score, 0), score > AVPROBE_SCORE_RETRY};
}

}  // namespace c3d
